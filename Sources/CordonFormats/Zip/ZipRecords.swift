/// The end-of-central-directory record, with its zip64 form. APPNOTE 4.3.14–4.3.16.
struct ZipEnd {
    let offset: Int
    let directoryStart: Int
    let directoryEnd: Int
    let entryCount: Int
    /// Added to stored offsets: bytes that were put in front of the archive.
    let shift: Int
    let comment: Range<Int>
    /// Another record further up would fit too.
    let hasRival: Bool

    private static let size = 22

    /// The last record whose comment stays inside the file.
    static func find(_ bytes: RawSpan) -> ZipEnd? {
        let lowest = max(0, bytes.byteCount - size - 0xFFFF)
        var position = bytes.byteCount - size
        var found: ZipEnd?
        while position >= lowest {
            defer { position -= 1 }
            guard bytes.byte(at: position) == 0x50, bytes.hasBytes("PK\u{5}\u{6}", at: position),
                let candidate = ZipEnd(bytes, at: position, hasRival: false)
            else { continue }
            guard let first = found else {
                found = candidate
                continue
            }
            // A second record whose directory exists: readers that search differently see another archive.
            if bytes.hasBytes("PK\u{1}\u{2}", at: candidate.directoryStart),
                candidate.comment.upperBound >= first.offset
            {
                return ZipEnd(bytes, at: first.offset, hasRival: true)
            }
        }
        return found
    }

    private init?(_ bytes: RawSpan, at position: Int, hasRival: Bool) {
        guard let entries = bytes.littleEndian(at: position + 10, as: UInt16.self),
            let directorySize = bytes.littleEndian(at: position + 12, as: UInt32.self),
            let directoryOffset = bytes.littleEndian(at: position + 16, as: UInt32.self),
            let commentLength = bytes.littleEndian(at: position + 20, as: UInt16.self)
        else { return nil }
        var (count, size, start) = (Int(entries), Int(directorySize), Int(directoryOffset))
        var end = position
        if bytes.hasBytes("PK\u{6}\u{7}", at: position - 20), let wide = Self.zip64(bytes, locator: position - 20) {
            (count, size, start, end) = wide
        }
        guard size >= 0, start >= 0, size <= end else { return nil }
        let (sum, overflow) = start.addingReportingOverflow(size)
        guard !overflow else { return nil }
        offset = position
        entryCount = count
        shift = end - sum
        directoryStart = end - size
        directoryEnd = end
        let low = position + Self.size
        comment = low..<min(bytes.byteCount, low + Int(commentLength))
        self.hasRival = hasRival
    }

    private static func zip64(_ bytes: RawSpan, locator: Int) -> (Int, Int, Int, Int)? {
        guard let stored = bytes.littleEndian(at: locator + 8, as: UInt64.self), let address = Int(exactly: stored)
        else { return nil }
        // The record sits right before the locator unless something was put in front of the archive.
        for position in [address, locator - 56] where bytes.hasBytes("PK\u{6}\u{6}", at: position) {
            guard let count = bytes.littleEndian(at: position + 32, as: UInt64.self).flatMap({ Int(exactly: $0) }),
                let size = bytes.littleEndian(at: position + 40, as: UInt64.self).flatMap({ Int(exactly: $0) }),
                let start = bytes.littleEndian(at: position + 48, as: UInt64.self).flatMap({ Int(exactly: $0) })
            else { return nil }
            return (count, size, start, position)
        }
        return nil
    }
}

/// One entry of the central directory. APPNOTE 4.3.12.
struct CentralEntry {
    let header: ZipHeader
    let localOffset: Int
    let mode: UInt32
    let next: Int

    init?(_ bytes: RawSpan, at position: Int) {
        guard bytes.contains(offset: position, count: 46),
            let nameLength = bytes.littleEndian(at: position + 28, as: UInt16.self),
            let extraLength = bytes.littleEndian(at: position + 30, as: UInt16.self),
            let commentLength = bytes.littleEndian(at: position + 32, as: UInt16.self),
            let attributes = bytes.littleEndian(at: position + 38, as: UInt32.self),
            let stored = bytes.littleEndian(at: position + 42, as: UInt32.self),
            let name = bytes.copy(at: position + 46, count: Int(nameLength))
        else { return nil }
        let extra = position + 46 + Int(nameLength)
        guard bytes.contains(offset: extra, count: Int(extraLength) + Int(commentLength)) else { return nil }
        var fields = ZipSizes(bytes, at: position + 20)
        var offset = Int(stored)
        fields.widen(bytes, extra..<(extra + Int(extraLength)), localOffset: &offset)
        header = fields.header(bytes, flagsAt: position + 8, crcAt: position + 16, name: name)
        localOffset = offset
        let madeBy = bytes.byte(at: position + 5) ?? 0
        mode = madeBy == 3 || madeBy == 19 ? attributes >> 16 : 0
        next = extra + Int(extraLength) + Int(commentLength)
    }
}

/// A local file header. APPNOTE 4.3.7.
struct LocalEntry {
    let header: ZipHeader
    let dataOffset: Int

    init?(_ bytes: RawSpan, at position: Int) {
        guard bytes.hasBytes("PK\u{3}\u{4}", at: position), bytes.contains(offset: position, count: 30),
            let nameLength = bytes.littleEndian(at: position + 26, as: UInt16.self),
            let extraLength = bytes.littleEndian(at: position + 28, as: UInt16.self),
            let name = bytes.copy(at: position + 30, count: Int(nameLength))
        else { return nil }
        let extra = position + 30 + Int(nameLength)
        guard bytes.contains(offset: extra, count: Int(extraLength)) else { return nil }
        var fields = ZipSizes(bytes, at: position + 18)
        var ignored = 0
        fields.widen(bytes, extra..<(extra + Int(extraLength)), localOffset: &ignored)
        header = fields.header(bytes, flagsAt: position + 6, crcAt: position + 14, name: name)
        dataOffset = extra + Int(extraLength)
    }
}

/// Sizes with their zip64 extension. APPNOTE 4.5.3.
private struct ZipSizes {
    var compressed: Int
    var plain: Int

    init(_ bytes: RawSpan, at position: Int) {
        compressed = Int(bytes.littleEndian(at: position, as: UInt32.self) ?? 0)
        plain = Int(bytes.littleEndian(at: position + 4, as: UInt32.self) ?? 0)
    }

    mutating func widen(_ bytes: RawSpan, _ extra: Range<Int>, localOffset: inout Int) {
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            guard let tag = bytes.littleEndian(at: position, as: UInt16.self),
                let length = bytes.littleEndian(at: position + 2, as: UInt16.self)
            else { return }
            if tag == 1 {
                var cursor = position + 4
                let end = min(extra.upperBound, cursor + Int(length))
                take(&plain, bytes, &cursor, end)
                take(&compressed, bytes, &cursor, end)
                take(&localOffset, bytes, &cursor, end)
                return
            }
            position += 4 + Int(length)
        }
    }

    private func take(_ value: inout Int, _ bytes: RawSpan, _ cursor: inout Int, _ end: Int) {
        guard value == 0xFFFF_FFFF, cursor + 8 <= end, let wide = bytes.littleEndian(at: cursor, as: UInt64.self) else {
            return
        }
        value = Int(clamping: wide)
        cursor += 8
    }

    func header(_ bytes: RawSpan, flagsAt: Int, crcAt: Int, name: [UInt8]) -> ZipHeader {
        ZipHeader(
            name: name, flags: bytes.littleEndian(at: flagsAt, as: UInt16.self) ?? 0,
            method: bytes.littleEndian(at: flagsAt + 2, as: UInt16.self) ?? 0,
            crc: bytes.littleEndian(at: crcAt, as: UInt32.self) ?? 0, compressedSize: compressed, size: plain)
    }
}
