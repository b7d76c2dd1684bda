internal import Crypto

/// The digest of a row's values, the same in whatever format the row is kept.
///
/// SHA-256 over the values in the order of the columns. Each begins with a tag: 0 nothing; 1 a truth value, 1 byte;
/// 2 a whole number, 8 bytes; 3 a number, the 8 bytes of its 64-bit form; 4 text or bytes, their count in 8 bytes and
/// themselves; 5 a list, its count in 8 bytes and its values; 6 a record, its parts. Numbers are little-endian. Names and
/// widths of columns do not enter.
struct RowDigest {
    private var bytes: [UInt8] = []

    /// The digest of one row of a batch.
    mutating func digest(_ batch: Batch, _ row: Int) -> SHA256.Digest {
        bytes.removeAll(keepingCapacity: true)
        for column in batch.columns { add(column, row) }
        return SHA256.hash(data: bytes)
    }

    private mutating func add(_ column: Column, _ row: Int) {
        guard !column.isNull(row) else {
            bytes.append(0)
            return
        }
        switch column.type {
        case .boolean:
            bytes.append(1)
            bytes.append(column.integer(row) == 1 ? 1 : 0)
        case .integer, .time:
            if let number = column.integer(row) {
                bytes.append(2)
                put(UInt64(bitPattern: Int64(number)))
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
            if case .integer(8, _) = values.type, values.addRaw(rows, to: &bytes) { return }
            for inner in rows { add(values, inner) }
        case .record(let fields):
            bytes.append(6)
            for field in fields { if let part = column.part(field.name) { add(part, row) } }
        default:
            bytes.append(4)
            let place = bytes.count
            put(0)
            _ = column.withBytes(row) { bytes.append(contentsOf: $0) }
            let count = UInt64(bytes.count - place - 8)
            for byte in 0..<8 { bytes[place + byte] = UInt8(truncatingIfNeeded: count >> UInt64(8 * byte)) }
        }
    }

    private mutating func put(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

extension Column {
    /// Adds 8-bit numbers as their digest form, all at once; says whether it could.
    fileprivate func addRaw(_ rows: Range<Int>, to bytes: inout [UInt8]) -> Bool {
        guard validity == nil, let base = buffers.first ?? nil, case .integer(8, let isSigned) = type else {
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
