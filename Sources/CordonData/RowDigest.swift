internal import Crypto

/// The digest of a row's values, the same in whatever format the row is kept.
///
/// SHA-256 over the values in the order of the columns. Each begins with a tag: 0 nothing; 1 a truth value, 1 byte;
/// 2 a whole number, 8 bytes; 3 a number, the 8 bytes of its 64-bit form; 4 text or bytes, their count in 8 bytes and
/// themselves; 5 a list, its count in 8 bytes and its values; 6 a record, its parts; 7 a whole number from 2^63 on,
/// 8 bytes; 8 a decimal, as text with all its digits. Numbers are little-endian. Names and widths of columns do not
/// enter. Values of types that are not read (``ColumnType/isUnread``) enter as 9, without their content.
struct RowDigest {
    private var bytes: [UInt8] = []
    private var hash = SHA256()
    private var isLong = false
    /// Bytes that are kept before they enter the hash.
    private static let pieceBytes = 1 << 20

    /// The digest of one row of a batch.
    mutating func digest(_ batch: Batch, _ row: Int) -> SHA256.Digest {
        bytes.removeAll(keepingCapacity: true)
        for column in batch.columns { add(column, row) }
        guard isLong else { return SHA256.hash(data: bytes) }
        hash.update(data: bytes)
        let digest = hash.finalize()
        (hash, isLong) = (SHA256(), false)
        return digest
    }

    /// Lets what was collected enter the hash, so that memory does not grow with a row.
    private mutating func flush() {
        hash.update(data: bytes)
        bytes.removeAll(keepingCapacity: true)
        isLong = true
    }

    private mutating func add(_ given: Column, _ place: Int) {
        if bytes.count > Self.pieceBytes { flush() }
        guard !given.isNull(place) else {
            bytes.append(0)
            return
        }
        let (column, row) = given.resolved(place)
        switch column.type {
        case .boolean:
            bytes.append(1)
            bytes.append(column.integer(row) == 1 ? 1 : 0)
        case .integer, .time:
            if let number = column.integer(row) {
                bytes.append(2)
                put(UInt64(bitPattern: Int64(number)))
            } else if let number = column.unsigned(row) {
                bytes.append(7)
                put(number)
            } else {
                bytes.append(0)
            }
        case .real:
            bytes.append(3)
            put((column.double(row) ?? .nan).bitPattern)
        case .list:
            guard let (values, rows) = column.list(row) else { return }
            bytes.append(5)
            put(UInt64(rows.count))
            var start = rows.lowerBound
            while start < rows.upperBound {
                // Piece by piece, so that a long row takes no more memory than a short one.
                let piece = start..<min(rows.upperBound, start + Self.pieceBytes / 16)
                if bytes.count > Self.pieceBytes { flush() }
                if !values.addRaw(piece, to: &bytes) { for inner in piece { add(values, inner) } }
                start = piece.upperBound
            }
        case .record(let fields):
            bytes.append(6)
            for field in fields { if let part = column.part(field.name) { add(part, row) } }
        case .decimal: put(Array((column.text(row) ?? "").utf8), tag: 8)
        case .other: bytes.append(9)
        default:
            bytes.append(4)
            let place = bytes.count
            put(0)
            _ = column.withBytes(row) { bytes.append(contentsOf: $0) }
            let count = UInt64(bytes.count - place - 8)
            for byte in 0..<8 { bytes[place + byte] = UInt8(truncatingIfNeeded: count >> UInt64(8 * byte)) }
        }
    }

    private mutating func put(_ content: [UInt8], tag: UInt8) {
        bytes.append(tag)
        put(UInt64(content.count))
        bytes += content
    }

    private mutating func put(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

extension Batch {
    /// SHA-256 of a row's values, 32 bytes: the same in whatever format the row is kept.
    ///
    /// Each value begins with a tag, numbers are little-endian and in 64 bits, lists and texts have their counts in front;
    /// names and widths of columns do not enter. Values of types that are not read do not enter
    /// (``ColumnType/isUnread``). `docs/engine.md` says more.
    /// - Complexity: O(bytes of the row).
    public func digest(_ row: Int) -> [UInt8] {
        var digest = RowDigest()
        return Array(digest.digest(self, row))
    }
}

extension Column {
    /// Adds 8-bit numbers as their digest form, all at once; says whether it could.
    fileprivate func addRaw(_ rows: Range<Int>, to bytes: inout [UInt8]) -> Bool {
        guard validity == nil, layout == .fixed(1), let base = buffers[0], case .integer(8, let isSigned) = type else {
            return false
        }
        for row in rows {
            let value = base.load(fromByteOffset: row + offset, as: UInt8.self)
            let wide = isSigned ? UInt64(bitPattern: Int64(Int8(bitPattern: value))) : UInt64(value)
            bytes.append(2)
            withUnsafeBytes(of: wide.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return true
    }
}
