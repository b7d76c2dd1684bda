/// One entry of a tar archive.
package struct TarEntry: Sendable {
    /// The type of an entry.
    package enum Kind: Hashable, Sendable {
        case file, directory, symbolicLink, hardLink, device, other(UInt8)
    }
    /// The name's bytes, long forms resolved.
    package let name: [UInt8]
    /// Where a link leads.
    package let linkTarget: [UInt8]
    /// The type of the entry.
    package let kind: Kind
    /// Offset of the header, in bytes.
    package let headerOffset: Int
    /// Offset of the data, in bytes.
    package let dataOffset: Int
    /// Bytes of data.
    package let size: Int
    /// Unix permission bits, set-user-id and set-group-id included.
    package let mode: Int

    /// Name as text.
    package var text: String { String(decoding: name, as: UTF8.self) }
}

/// A tar archive: POSIX ustar and pax (IEEE 1003.1-2017, pax), GNU long names. Headers only; data is not touched.
package struct TarArchive: Sendable {
    /// Entries in order.
    package private(set) var entries: [TarEntry] = []
    /// Where and why reading stopped early; `nil` when the end marker or the end of the file was reached.
    package private(set) var failure: (offset: Int, reason: String)?
    /// Offset past the end-of-archive marker.
    package private(set) var end = 0
    /// Whether there are more entries than the limit.
    package private(set) var isCut = false

    /// Whether the first block has a valid header checksum.
    package static func matches(_ bytes: RawSpan) -> Bool { TarHeader(bytes, at: 0) != nil }

    /// Reads all headers. O(entries).
    package static func read(_ bytes: RawSpan, memberLimit: Int) -> TarArchive {
        var archive = TarArchive()
        archive.walk(bytes, memberLimit)
        return archive
    }

    private mutating func walk(_ bytes: RawSpan, _ memberLimit: Int) {
        var position = 0
        var longName: [UInt8]?
        var longLink: [UInt8]?
        var extended: [String: [UInt8]] = [:]
        // Records that hold for everything after them.
        var global: [String: [UInt8]] = [:]
        while position < bytes.byteCount {
            if isEmptyBlock(bytes, position) {
                end = min(bytes.byteCount, position + 1024)
                return
            }
            guard let header = TarHeader(bytes, at: position) else {
                failure = (position, "a header whose checksum is wrong")
                return
            }
            let data = position + 512
            let size = extended["size"].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? header.size
            guard size >= 0, bytes.contains(offset: data, count: size) else {
                failure = (position, "an entry of \(size) bytes where \(max(0, bytes.byteCount - data)) are left")
                return
            }
            let next = data + (size + 511) & ~511
            switch header.type {
            case UInt8(ascii: "L"): longName = text(bytes, data, size)
            case UInt8(ascii: "K"): longLink = text(bytes, data, size)
            case UInt8(ascii: "x"), UInt8(ascii: "X"): extended = records(bytes, data, size)
            case UInt8(ascii: "g"): global.merge(records(bytes, data, size)) { $1 }
            default:
                guard entries.count < memberLimit else {
                    isCut = true
                    return
                }
                entries.append(
                    TarEntry(
                        name: extended["GNU.sparse.name"] ?? extended["path"] ?? longName ?? global["GNU.sparse.name"]
                            ?? global["path"] ?? header.name,
                        linkTarget: extended["linkpath"] ?? longLink ?? global["linkpath"] ?? header.link,
                        kind: header.kind,
                        headerOffset: position, dataOffset: data, size: header.hasData ? size : 0, mode: header.mode))
                (longName, longLink, extended) = (nil, nil, [:])
            }
            position = max(position + 512, header.hasData || header.isMeta ? next : data)
        }
        end = bytes.byteCount
    }

    private func isEmptyBlock(_ bytes: RawSpan, _ position: Int) -> Bool {
        for index in position..<min(position + 512, bytes.byteCount) where bytes.byte(at: index) != 0 { return false }
        return true
    }

    /// A long name; names beyond 64 KiB are cut, no file system has them.
    private func text(_ bytes: RawSpan, _ offset: Int, _ size: Int) -> [UInt8]? {
        bytes.copy(at: offset, count: min(size, 1 << 16)).map { Array($0.prefix { $0 != 0 }) }
    }

    /// pax records: "length key=value\n". At most 1 MiB is read.
    private func records(_ bytes: RawSpan, _ offset: Int, _ size: Int) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        var rest = (bytes.copy(at: offset, count: min(size, 1 << 20)) ?? [])[...]
        while let space = rest.firstIndex(of: 0x20),
            let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex,
            length <= rest.count
        {
            let record = rest[(space + 1)..<(rest.startIndex + length)].dropLast()
            if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
                result[String(decoding: record[..<equals], as: UTF8.self)] = Array(record[(equals + 1)...])
            }
            rest = rest.dropFirst(length)
        }
        return result
    }
}

/// One 512-byte header block.
private struct TarHeader {
    let name: [UInt8]
    let link: [UInt8]
    let size: Int
    let type: UInt8
    let mode: Int

    init?(_ bytes: RawSpan, at position: Int) {
        guard let block = bytes.copy(at: position, count: 512), let stored = Self.octal(block[148..<156]) else {
            return nil
        }
        var sum = 8 * 0x20
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) { sum += Int(byte) }
        guard sum == stored, let size = Self.number(block[124..<136]) else { return nil }
        self.size = size
        type = block[156]
        mode = Self.octal(block[100..<108]) ?? 0
        link = Self.text(block[157..<257])
        let prefix =
            block[257..<262].elementsEqual("ustar".utf8) && block[263] == 0x30 ? Self.text(block[345..<500]) : []
        let short = Self.text(block[0..<100])
        name = prefix.isEmpty ? short : prefix + [UInt8(ascii: "/")] + short
    }

    var kind: TarEntry.Kind {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
        case UInt8(ascii: "1"): .hardLink
        case UInt8(ascii: "2"): .symbolicLink
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): .device
        case UInt8(ascii: "5"): .directory
        default: .other(type)
        }
    }
    var isMeta: Bool { "LKxXg".utf8.contains(type) }
    var hasData: Bool {
        switch kind {
        case .file, .other: !isMeta
        default: false
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(bytes.prefix { $0 != 0 }) }

    private static func octal(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.drop { $0 == 0x20 || $0 == 0 }.prefix { (0x30...0x37).contains($0) }
        return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// Octal, or base 256 when the first bit is set (GNU).
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if first & 0x80 == 0 { return octal(bytes) ?? (bytes.allSatisfy { $0 == 0 || $0 == 0x20 } ? 0 : nil) }
        var value = 0
        for byte in bytes.dropFirst() {
            guard value < 1 << 54 else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }
}
