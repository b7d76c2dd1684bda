internal import CordonFormats

/// Writes zip archives whose two sets of headers may say different things.
package struct ZipBuilder {
    /// One member; the `local…` values default to what the central directory says.
    package struct Member {
        /// Name in the central directory.
        package var name: String
        /// The bytes as they lie in the archive.
        package var data: [UInt8]
        /// Name in the local header.
        package var localName: String?
        /// Compression method, APPNOTE 4.4.5.
        package var method: UInt16 = 0
        /// Compression method in the local header.
        package var localMethod: UInt16?
        /// General-purpose flags, APPNOTE 4.4.4.
        package var flags: UInt16 = 0
        /// Flags in the local header.
        package var localFlags: UInt16?
        /// CRC-32; the true one when `nil`.
        package var crc: UInt32?
        /// Uncompressed size; the true one when `nil`.
        package var size: UInt32?
        /// Unix mode, file type included.
        package var mode: UInt32 = 0
        /// Whether the central directory lists it.
        package var isListed = true

        /// A stored member.
        package init(_ name: String, _ data: [UInt8]) {
            self.name = name
            self.data = data
        }
    }

    /// Members in order.
    package var members: [Member]
    /// Bytes before the first member.
    package var prefix: [UInt8] = []
    /// Bytes after the end record.
    package var suffix: [UInt8] = []
    /// The archive comment.
    package var comment: [UInt8] = []
    /// Bytes between members.
    package var gap: [UInt8] = []

    /// An archive of members.
    package init(_ members: [Member]) { self.members = members }

    /// The archive.
    package var bytes: [UInt8] {
        var output = prefix
        var directory: [UInt8] = []
        var listed: UInt16 = 0
        for member in members {
            let offset = UInt32(output.count)
            output += local(member) + member.data + gap
            if member.isListed {
                directory += central(member, offset)
                listed += 1
            }
        }
        let start = UInt32(output.count)
        output += directory
        output += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + littleEndian(listed) + littleEndian(listed)
        output += littleEndian(UInt32(directory.count)) + littleEndian(start) + littleEndian(UInt16(comment.count))
        return output + comment + suffix
    }

    private func local(_ member: Member) -> [UInt8] {
        let name = Array((member.localName ?? member.name).utf8)
        return [0x50, 0x4B, 3, 4, 20, 0] + littleEndian(member.localFlags ?? member.flags)
            + littleEndian(member.localMethod ?? member.method) + [0, 0, 0, 0] + sizes(member)
            + littleEndian(UInt16(name.count)) + [0, 0] + name
    }

    private func central(_ member: Member, _ offset: UInt32) -> [UInt8] {
        let name = Array(member.name.utf8)
        return [0x50, 0x4B, 1, 2, 20, 3, 20, 0] + littleEndian(member.flags) + littleEndian(member.method)
            + [0, 0, 0, 0] + sizes(member) + littleEndian(UInt16(name.count)) + [0, 0, 0, 0, 0, 0, 0, 0]
            + littleEndian(member.mode << 16) + littleEndian(offset) + name
    }

    private func sizes(_ member: Member) -> [UInt8] {
        let crc = member.crc ?? ByteView(copying: member.data).withSpan { CRC32.checksum($0) }
        let count = UInt32(member.data.count)
        return littleEndian(crc) + littleEndian(count) + littleEndian(member.size ?? count)
    }
}
