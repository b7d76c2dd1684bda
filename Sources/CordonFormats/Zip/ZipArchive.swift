/// What a zip archive says about one member, in one of the two places where it says it.
package struct ZipHeader: Hashable, Sendable {
    /// The name's bytes.
    package let name: [UInt8]
    /// General-purpose flags, APPNOTE 4.4.4.
    package let flags: UInt16
    /// Compression method, APPNOTE 4.4.5.
    package let method: UInt16
    /// CRC-32 of the uncompressed data.
    package let crc: UInt32
    /// Bytes in the archive, zip64 included.
    package let compressedSize: Int
    /// Bytes when uncompressed, zip64 included.
    package let size: Int
    /// General-purpose bit 0.
    package var isEncrypted: Bool { flags & 1 != 0 }
    /// General-purpose bit 3: sizes and CRC follow the data.
    package var hasDescriptor: Bool { flags & 8 != 0 }
}

/// One member of a zip archive, from the central directory, a local header, or both.
package struct ZipMember: Sendable {
    /// The entry of the central directory; `nil` for a local entry that the directory does not list.
    package let central: ZipHeader?
    /// The local header; `nil` when there is none where the directory points.
    package let local: ZipHeader?
    /// Offset of the local header from the start of the file.
    package let localOffset: Int
    /// Offset of the data.
    package let dataOffset: Int
    /// Unix mode from the external attributes; 0 when the archive was not made on Unix.
    package let mode: UInt32

    /// The header that unpackers trust: the directory's, if there is one.
    package var header: ZipHeader { central ?? local ?? Self.nothing }
    /// Name as text.
    package var name: String { String(decoding: header.name, as: UTF8.self) }
    /// Names ending in a slash are folders.
    package var isDirectory: Bool { header.name.last == UInt8(ascii: "/") }
    /// The Unix file type: symbolic link.
    package var isSymbolicLink: Bool { mode & 0xF000 == 0xA000 }
    /// The Unix file type: character or block device, FIFO, socket.
    package var isSpecial: Bool { [0x2000, 0x6000, 0x1000, 0xC000].contains(mode & 0xF000) }

    private static let nothing = ZipHeader(name: [], flags: 0, method: 0, crc: 0, compressedSize: 0, size: 0)
}

/// A structural lie or oddity of a zip archive.
package struct ZipAnomaly: Hashable, Sendable {
    /// What is wrong.
    package enum Kind: Hashable, Sendable {
        /// Central directory and local header say different things about a member; the detail says which.
        case disagreement
        /// Two members share bytes.
        case overlap
        /// A local entry that the central directory does not list.
        case unlisted
        /// Two entries of the same name.
        case duplicate
        /// The directory points where no local header is.
        case noLocalHeader
        /// A record that does not fit, a count that is wrong.
        case malformed
        /// More than one end record: readers may pick different directories.
        case severalEnds
    }
    /// What is wrong.
    package let kind: Kind
    /// Offset in the file, in bytes.
    package let offset: Int
    /// The member it is about.
    package let member: String?
    /// What was found, in words.
    package let detail: String
}

/// A zip archive, read from its central directory **and** from its raw local headers.
///
/// Source: PKWARE APPNOTE 6.3.10, sections 4.3–4.5; prefix handling as CPython's `zipfile`.
/// Only headers are read; members' bytes are not touched.
package struct ZipArchive: Sendable {
    /// Listed members in directory order, then unlisted ones by offset.
    package private(set) var members: [ZipMember] = []
    /// At most 64; more are counted in `droppedAnomalies`.
    package private(set) var anomalies: [ZipAnomaly] = []
    /// Anomalies beyond the first 64.
    package private(set) var droppedAnomalies = 0
    /// Bytes before the first local header.
    package private(set) var prefixCount = 0
    /// The bytes after the end record and its comment.
    package private(set) var trailing: Range<Int> = 0..<0
    /// The archive comment.
    package private(set) var comment: Range<Int> = 0..<0
    /// Stretches between members that belong to none.
    package private(set) var gaps: [Range<Int>] = []
    /// Whether there are more members than the limit.
    package private(set) var isCut = false

    private init() {}

    /// Reads an archive, or returns `nil` when there is neither an end record nor a local header at the start.
    ///
    /// - Parameter memberLimit: most members read.
    /// - Complexity: O(members + gaps); O(65,557) to find the end record.
    package static func read(_ bytes: RawSpan, memberLimit: Int) -> ZipArchive? {
        var archive = ZipArchive()
        guard let end = ZipEnd.find(bytes) else {
            guard bytes.hasBytes("PK\u{3}\u{4}") else { return nil }
            archive.note(.malformed, 0, nil, "no end-of-central-directory record")
            archive.walkLocals(bytes, 0..<bytes.byteCount, memberLimit)
            return archive
        }
        archive.readDirectory(bytes, end, memberLimit)
        archive.comment = end.comment
        archive.trailing = end.comment.upperBound..<bytes.byteCount
        if end.hasRival { archive.note(.severalEnds, end.offset, nil, "more than one end record matches") }
        archive.checkLayout(bytes, end, memberLimit)
        archive.checkNames()
        return archive
    }

    // MARK: Central directory

    private mutating func readDirectory(_ bytes: RawSpan, _ end: ZipEnd, _ memberLimit: Int) {
        var position = end.directoryStart
        var count = 0
        while position < end.directoryEnd, bytes.hasBytes("PK\u{1}\u{2}", at: position) {
            guard count < memberLimit else {
                isCut = true
                return
            }
            guard let entry = CentralEntry(bytes, at: position) else {
                note(.malformed, position, nil, "a central directory entry does not fit")
                return
            }
            position = entry.next
            count += 1
            add(entry, bytes, end)
        }
        if count != end.entryCount {
            note(.malformed, end.offset, nil, "the end record counts \(end.entryCount) entries, \(count) are there")
        }
        if position != end.directoryEnd {
            note(.malformed, position, nil, "\(end.directoryEnd - position) bytes of the directory are not entries")
        }
    }

    private mutating func add(_ entry: CentralEntry, _ bytes: RawSpan, _ end: ZipEnd) {
        let name = String(decoding: entry.header.name, as: UTF8.self)
        let (offset, overflow) = entry.localOffset.addingReportingOverflow(end.shift)
        guard !overflow, let local = LocalEntry(bytes, at: offset) else {
            note(.noLocalHeader, max(0, offset), name, "no local header at offset \(offset)")
            members.append(
                ZipMember(central: entry.header, local: nil, localOffset: -1, dataOffset: -1, mode: entry.mode))
            return
        }
        members.append(
            ZipMember(
                central: entry.header, local: local.header, localOffset: offset, dataOffset: local.dataOffset,
                mode: entry.mode))
        compare(entry.header, local.header, offset, name)
    }

    private mutating func compare(_ central: ZipHeader, _ local: ZipHeader, _ offset: Int, _ name: String) {
        var differences: [String] = []
        if central.name != local.name {
            differences.append("name '\(String(decoding: local.name, as: UTF8.self))' in the local header")
        }
        if central.method != local.method { differences.append("method \(central.method) and \(local.method)") }
        if central.isEncrypted != local.isEncrypted { differences.append("encryption flag") }
        // With a data descriptor the local header may leave either size at zero.
        if central.size != local.size, !(local.hasDescriptor && local.size == 0) {
            differences.append("size \(central.size) and \(local.size)")
        }
        if central.compressedSize != local.compressedSize, !(local.hasDescriptor && local.compressedSize == 0) {
            differences.append("compressed size \(central.compressedSize) and \(local.compressedSize)")
        }
        if central.crc != local.crc, !(local.hasDescriptor && local.crc == 0) { differences.append("CRC") }
        if !differences.isEmpty { note(.disagreement, offset, name, differences.joined(separator: ", ")) }
    }

    // MARK: Layout

    private mutating func checkLayout(_ bytes: RawSpan, _ end: ZipEnd, _ memberLimit: Int) {
        var extents = members.compactMap { Self.extent($0, bytes) }
        extents.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        prefixCount = min(extents.first?.start ?? end.directoryStart, end.directoryStart)
        var covered = prefixCount
        for extent in extents {
            if extent.start < covered {
                note(.overlap, extent.start, extent.name, "shares bytes with another member")
            } else if extent.start > covered {
                gap(covered..<extent.start, bytes, memberLimit)
            }
            covered = max(covered, extent.end)
        }
        if covered < end.directoryStart {
            gap(covered..<end.directoryStart, bytes, memberLimit)
        } else if covered > end.directoryStart {
            note(.overlap, end.directoryStart, extents.last?.name, "reaches into the central directory")
        }
    }

    private static func extent(_ member: ZipMember, _ bytes: RawSpan) -> (start: Int, end: Int, name: String)? {
        guard member.local != nil else { return nil }
        let (end, overflow) = member.dataOffset.addingReportingOverflow(member.header.compressedSize)
        guard !overflow, end <= bytes.byteCount else { return (member.localOffset, bytes.byteCount, member.name) }
        return (member.localOffset, end, member.name)
    }

    /// A stretch that no listed member owns: a data descriptor, padding, or something hidden.
    private mutating func gap(_ range: Range<Int>, _ bytes: RawSpan, _ memberLimit: Int) {
        if range.count <= 24, Self.isDescriptor(range, bytes) { return }
        if bytes.hasBytes("PK\u{3}\u{4}", at: range.lowerBound) {
            walkLocals(bytes, range, memberLimit)
            return
        }
        let rest = Self.isDescriptor(range.lowerBound..<(range.lowerBound + 16), bytes) ? 16 : 0
        guard gaps.count < 1024 else { return }
        gaps.append((range.lowerBound + rest)..<range.upperBound)
        if let hidden = bytes.firstRange(of: [0x50, 0x4B, 3, 4], from: range.lowerBound, to: range.upperBound) {
            walkLocals(bytes, hidden..<range.upperBound, memberLimit)
        }
    }

    private static func isDescriptor(_ range: Range<Int>, _ bytes: RawSpan) -> Bool {
        range.count == 12 || bytes.hasBytes("PK\u{7}\u{8}", at: range.lowerBound) || range.count == 20
    }

    /// Adds local entries that lie back to back in `range` and that no directory lists.
    private mutating func walkLocals(_ bytes: RawSpan, _ range: Range<Int>, _ memberLimit: Int) {
        var position = range.lowerBound
        while position < range.upperBound, let local = LocalEntry(bytes, at: position) {
            guard members.count < memberLimit else {
                isCut = true
                return
            }
            members.append(
                ZipMember(
                    central: nil, local: local.header, localOffset: position, dataOffset: local.dataOffset, mode: 0))
            let name = String(decoding: local.header.name, as: UTF8.self)
            note(.unlisted, position, name, "a local entry that the central directory does not list")
            let from = local.dataOffset + max(0, min(local.header.compressedSize, bytes.byteCount - local.dataOffset))
            guard
                let next = bytes.firstRange(
                    of: [0x50, 0x4B, 3, 4], from: max(from, position + 4), to: range.upperBound)
            else { return }
            position = next
        }
    }

    private mutating func checkNames() {
        var seen: Set<[UInt8]> = []
        for member in members where !seen.insert(member.header.name).inserted {
            note(.duplicate, max(0, member.localOffset), member.name, "a second entry of this name")
        }
    }

    private mutating func note(_ kind: ZipAnomaly.Kind, _ offset: Int, _ member: String?, _ detail: String) {
        guard anomalies.count < 64 else {
            droppedAnomalies += 1
            return
        }
        anomalies.append(ZipAnomaly(kind: kind, offset: offset, member: member, detail: detail))
    }
}
