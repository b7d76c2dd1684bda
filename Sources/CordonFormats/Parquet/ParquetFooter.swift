/// Where the row groups of a Parquet file lie. Reads the footer only; columns and pages are not decoded.
///
/// Source: apache/parquet-format, `src/main/thrift/parquet.thrift`.
package struct ParquetFooter: Sendable {
    /// Byte range of every row group, in file order, none overlapping.
    package let rowGroups: [Range<Int>]

    /// Whether the bytes begin and end like a Parquet file.
    package static func matches(_ bytes: RawSpan) -> Bool {
        bytes.byteCount >= 12 && bytes.hasBytes("PAR1") && bytes.hasBytes("PAR1", at: bytes.byteCount - 4)
    }

    /// Reads a footer; `nil` when it does not say where every row group lies.
    package static func read(_ bytes: RawSpan) -> ParquetFooter? {
        guard matches(bytes), let length = bytes.littleEndian(at: bytes.byteCount - 8, as: UInt32.self),
            Int(length) <= bytes.byteCount - 12
        else { return nil }
        let start = bytes.byteCount - 8 - Int(length)
        var reader = ThriftCompact(position: start, end: bytes.byteCount - 8)
        var groups: [Range<Int>] = []
        let isRead = reader.fields(bytes) { reader, id, kind in
            guard id == 4, kind == .list else { return false }
            guard let (kind, count) = reader.list(bytes), kind == .structure else { return nil }
            for _ in 0..<count {
                guard let group = rowGroup(&reader, bytes) else { return nil }
                groups.append(group)
            }
            return true
        }
        guard isRead else { return nil }
        groups.sort { $0.lowerBound < $1.lowerBound }
        var last = 4
        for group in groups {
            guard group.lowerBound >= last, group.upperBound <= start else { return nil }
            last = group.upperBound
        }
        return ParquetFooter(rowGroups: groups)
    }

    /// From the first page of the first column to the last page of the last.
    private static func rowGroup(_ reader: inout ThriftCompact, _ bytes: RawSpan) -> Range<Int>? {
        var (first, last) = (Int.max, 0)
        let isRead = reader.fields(bytes) { reader, id, kind in
            guard id == 1, kind == .list else { return false }
            guard let (kind, count) = reader.list(bytes), kind == .structure else { return nil }
            for _ in 0..<count {
                guard let chunk = column(&reader, bytes) else { return nil }
                first = min(first, chunk.lowerBound)
                last = max(last, chunk.upperBound)
            }
            return true
        }
        return isRead && first < last ? first..<last : nil
    }

    private static func column(_ reader: inout ThriftCompact, _ bytes: RawSpan) -> Range<Int>? {
        var range: Range<Int>?
        let isRead = reader.fields(bytes) { reader, id, kind in
            guard id == 3, kind == .structure else { return false }
            range = metadata(&reader, bytes)
            return range == nil ? nil : true
        }
        return isRead ? range : nil
    }

    /// `ColumnMetaData`: total compressed size (7), first data page (9), dictionary page (11).
    private static func metadata(_ reader: inout ThriftCompact, _ bytes: RawSpan) -> Range<Int>? {
        var (size, data, dictionary): (Int?, Int?, Int?) = (nil, nil, nil)
        let isRead = reader.fields(bytes) { reader, id, kind in
            guard kind == .i64, id == 7 || id == 9 || id == 11 else { return false }
            guard let value = reader.integer(bytes) else { return nil }
            if id == 7 { size = value }
            if id == 9 { data = value }
            if id == 11 { dictionary = value }
            return true
        }
        guard isRead, let size, let data, size > 0 else { return nil }
        // Some writers say 0 for "no dictionary".
        let start = dictionary.map { $0 > 0 ? min($0, data) : data } ?? data
        guard start >= 4, size <= bytes.byteCount, start <= bytes.byteCount - size else { return nil }
        return start..<start + size
    }
}
