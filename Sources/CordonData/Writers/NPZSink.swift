internal import CSystem
internal import CordonFormats
internal import Glibc

/// NumPy's archive of arrays: one stored member per column. Columns are collected in unnamed temporary files first,
/// because a header tells the rows.
struct NPZSink: Sink {
    private let descriptor: Int32
    private let fields: [Field]
    private var columns: [[UInt8]]
    private var rows = 0
    private static let memoryLimit = 2 << 30

    init(_ descriptor: Int32, _ fields: [Field]) {
        self.descriptor = descriptor
        self.fields = fields
        columns = fields.map { _ in [] }
    }

    mutating func write(_ batch: Batch) throws {
        rows += batch.count
        for (index, column) in batch.columns.enumerated() {
            for row in 0..<batch.count { try add(column, row, index) }
        }
        guard columns.reduce(0, { $0 + $1.count }) <= Self.memoryLimit else {
            throw DatasetFailure(
                .limit, "more than \(Self.memoryLimit) bytes for one NumPy archive; write Parquet instead")
        }
    }

    private mutating func add(_ column: Column, _ row: Int, _ index: Int) throws {
        if let (values, inner) = column.list(row) {
            for place in inner { try add(values, place, index) }
            return
        }
        switch Self.element(column.type) {
        case "<f4": put(Float(column.double(row) ?? .nan).bitPattern, index)
        case "<f8": put((column.double(row) ?? .nan).bitPattern, index)
        case "|b1", "|u1": columns[index].append(UInt8(truncatingIfNeeded: column.integer(row) ?? 0))
        case "<u8":
            put(column.unsigned(row) ?? UInt64(bitPattern: Int64(column.integer(row) ?? 0)), index)
        case "<i8": put(UInt64(bitPattern: Int64(column.integer(row) ?? 0)), index)
        default:
            throw DatasetFailure(
                .argument,
                "column '\(fields[index].name)' of \(column.type.description) is no array; write Parquet instead")
        }
    }

    private mutating func put<Number: FixedWidthInteger>(_ number: Number, _ index: Int) {
        withUnsafeBytes(of: number.littleEndian) { columns[index].append(contentsOf: $0) }
    }

    private static func element(_ type: ColumnType) -> String? {
        switch type {
        case .real(let bits): bits == 64 ? "<f8" : "<f4"
        case .boolean: "|b1"
        case .integer(8, isSigned: false): "|u1"
        case .integer(64, isSigned: false): "<u8"
        case .integer: "<i8"
        default: nil
        }
    }

    mutating func finish() throws {
        var zip = StoredZip()
        for (field, bytes) in zip2(fields, columns) {
            var (type, extents) = (field.type, [rows])
            while case .list(let element, let size) = type {
                guard let size else {
                    throw DatasetFailure(
                        .argument, "column '\(field.name)' has rows of different lengths; write Parquet instead")
                }
                extents.append(size)
                type = element
            }
            guard let descr = Self.element(type) else {
                throw DatasetFailure(.argument, "column '\(field.name)' is no array; write Parquet instead")
            }
            let shape =
                extents.count == 1 ? "(\(extents[0]),)" : "(\(extents.map(String.init).joined(separator: ", ")))"
            var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }"
            // The data begins at a multiple of 64 (NEP 1).
            header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
            var member: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
            member += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
            member += Array(header.utf8)
            zip.add(field.name + ".npy", member + bytes)
        }
        try FileOutput.write(descriptor, try zip.finish())
    }

    private func zip2(_ fields: [Field], _ columns: [[UInt8]]) -> [(Field, [UInt8])] { Array(zip(fields, columns)) }
}

/// A zip archive of members as they are. Source: PKWARE APPNOTE 6.3.10; sizes below 4 GiB.
struct StoredZip {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    mutating func add(_ name: String, _ content: [UInt8]) {
        let crc = content.withUnsafeBytes { CRC32.checksum($0.bytes) }
        let common =
            Self.little(UInt16(20)) + Self.little(UInt16(0x0800)) + Self.little(UInt16(0)) + Self.little(UInt16(0))
            + Self.little(UInt16(0x21)) + Self.little(crc) + Self.little(UInt32(truncatingIfNeeded: content.count))
            + Self.little(UInt32(truncatingIfNeeded: content.count))
            + Self.little(UInt16(truncatingIfNeeded: name.utf8.count))
            + Self.little(UInt16(0))
        directory += [0x50, 0x4B, 1, 2] + Self.little(UInt16(0x0314)) + common
        directory +=
            Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt16(0))
            + Self.little(UInt32(0o100644 << 16))
        directory += Self.little(UInt32(truncatingIfNeeded: bytes.count)) + Array(name.utf8)
        bytes += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + content
        count += 1
    }

    func finish() throws(DatasetFailure) -> [UInt8] {
        guard bytes.count < Int(UInt32.max), count < Int(UInt16.max) else {
            throw DatasetFailure(.limit, "more than 4 GiB for one archive; write Parquet instead")
        }
        let end =
            [0x50, 0x4B, 5, 6] + Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt16(count))
            + Self.little(UInt16(count)) + Self.little(UInt32(directory.count)) + Self.little(UInt32(bytes.count))
            + Self.little(UInt16(0))
        return bytes + directory + end
    }

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
