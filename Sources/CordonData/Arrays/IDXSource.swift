internal import CordonFormats

/// Arrays of the IDX format, in which MNIST and its relatives come, compressed or not; images and labels side by side.
///
/// Source: Y. LeCun, "The MNIST database", section "File formats".
struct IDXSource: TableSource {
    /// One file.
    struct Array: Sendable {
        let bytes: FileBytes
        let type: ColumnType
        let width: Int
        let extents: [Int]
        let dataOffset: Int
        var rowBytes: Int { extents.dropFirst().reduce(width, *) }
    }
    let format = "IDX"
    let fields: [Field]
    private let arrays: [Array]
    private let file: String
    var rowCount: Int? { arrays.first?.extents.first }

    /// Reads arrays that belong together: as many rows in each.
    init(_ files: [(name: String, bytes: FileBytes)]) throws(DatasetFailure) {
        var found: [Array] = []
        for (_, bytes) in files { found.append(try Self.array(bytes)) }
        for array in found where array.extents.first != found[0].extents.first {
            throw DatasetFailure(
                .malformed,
                "\(array.bytes.name) has \(array.extents.first ?? 0) rows and \(found[0].bytes.name) \(found[0].extents.first ?? 0)"
            )
        }
        arrays = found
        file = files.first?.bytes.name ?? ""
        fields = zip(files, found).map { file, array in
            var type = array.type
            for extent in array.extents.dropFirst().reversed() { type = .list(type, size: extent) }
            return Field(name: file.name, type: type, role: array.extents.count == 1 ? .label : .image)
        }
    }

    static func matches(_ start: [UInt8]) -> Bool {
        start.count >= 8 && start[0] == 0 && start[1] == 0 && [8, 9, 11, 12, 13, 14].contains(start[2])
            && (1...8).contains(start[3])
    }

    private static func array(_ bytes: FileBytes) throws(DatasetFailure) -> Array {
        let start = try bytes.start(64)
        guard matches(start), start.count >= 4 + 4 * Int(start[3]) else {
            throw DatasetFailure(.malformed, "\(bytes.name): no IDX header")
        }
        let (type, width): (ColumnType, Int) =
            switch start[2] {
            case 8: (.integer(bits: 8, isSigned: false), 1)
            case 9: (.integer(bits: 8, isSigned: true), 1)
            case 11: (.integer(bits: 16, isSigned: true), 2)
            case 12: (.integer(bits: 32, isSigned: true), 4)
            case 13: (.real(bits: 32), 4)
            default: (.real(bits: 64), 8)
            }
        let extents = (0..<Int(start[3])).map { axis in
            (0..<4).reduce(0) { $0 << 8 | Int(start[4 + 4 * axis + $1]) }
        }
        // With an extent of 0 the others would be held by nothing.
        guard extents.first == 0 || !extents.contains(0), extents.dropFirst().reduce(1.0, { $0 * Double($1) }) < 1e12
        else {
            throw DatasetFailure(.malformed, "\(bytes.name): rows of the extents \(extents) hold nothing")
        }
        var total = width
        for extent in extents {
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            guard !overflow else {
                throw DatasetFailure(.malformed, "\(bytes.name): extents \(extents) exceed any memory")
            }
            total = product
        }
        let offset = 4 + 4 * Int(start[3])
        guard total <= bytes.byteCount - offset else {
            throw DatasetFailure(
                .malformed,
                "\(bytes.name): extents \(extents) need \(total) bytes, \(bytes.byteCount - offset) are there")
        }
        return Array(bytes: bytes, type: type, width: width, extents: extents, dataOffset: offset)
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        let rows = rowCount ?? 0
        let widest = columns.map { arrays[$0].rowBytes }.reduce(0, +)
        let step = max(1, min(1 << 15, (16 << 20) / max(1, widest)))
        for start in stride(from: 0, to: rows, by: step) {
            guard try body(batch(start..<min(rows, start + step), columns)) else { return }
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? { [try batch(rows, columns)] }

    private func batch(_ rows: Range<Int>, _ columns: [Int]) throws -> Batch {
        let made = try columns.map { index -> Column in
            let array = arrays[index]
            let bytes = try array.bytes.bytes(
                array.dataOffset + rows.lowerBound * array.rowBytes, rows.count * array.rowBytes)
            let memory = ColumnBuilder.copy(bytes)
            // Numbers come with the high byte first.
            if array.width > 1 {
                for start in stride(from: 0, to: bytes.count, by: array.width) {
                    for place in 0..<array.width / 2 { memory.swapAt(start + place, start + array.width - 1 - place) }
                }
            }
            return .lists(
                of: array.type, width: array.width, size: Swift.Array(array.extents.dropFirst()), count: rows.count,
                memory: UnsafeRawPointer(memory.baseAddress!), owner: ColumnBuilder.Memory([memory]))
        }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: made, count: rows.count, file: file,
            places: .rows(from: rows.lowerBound))
        batch.firstRow = rows.lowerBound
        return batch
    }
}
