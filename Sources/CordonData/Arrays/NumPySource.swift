internal import CordonFormats

/// Arrays of NumPy: `.npy`, and `.npz` with several that have as many rows.
///
/// Source: NumPy Enhancement Proposal 1; NPZ is a zip of such files. Arrays of objects are pickles and are refused.
struct NumPySource: TableSource {
    /// One array.
    struct Member: Sendable {
        let name: String
        let header: NumPyHeader
        /// Where its elements are.
        let bytes: FileBytes
        let dataOffset: Int
        let element: NumPyElement
        let width: Int

        var rows: Int { header.shape.first ?? 1 }
        var inner: [Int] { Array(header.shape.dropFirst()) }
        var rowBytes: Int { inner.reduce(width, *) }
    }
    let format: String
    let fields: [Field]
    private let members: [Member]
    private let file: String
    var rowCount: Int? { members.first?.rows }

    init(npy bytes: FileBytes) throws(DatasetFailure) {
        members = [try Self.member(bytes, name: "data")]
        file = bytes.name
        format = "NumPy array"
        fields = members.map { Self.field($0) }
    }

    init(npz bytes: FileBytes) throws(DatasetFailure) {
        format = "NumPy archive"
        file = bytes.name
        let archive = try Self.archive(bytes)
        let names = archive.members.filter { $0.name.hasSuffix(".npy") }
        // Members that share bytes could make a small file a large table.
        var (room, left) = (bytes.byteCount, Self.mostBytes)
        var found: [Member] = []
        for member in names {
            let place = "\(bytes.name), member '\(member.name)'"
            guard let data = bytes.part(member.dataOffset, member.header.compressedSize, name: place) else {
                throw DatasetFailure(.malformed, "\(place): its bytes are not in the file")
            }
            room -= member.header.compressedSize
            guard room >= 0 else { throw DatasetFailure(.malformed, "\(place): it shares bytes with other members") }
            let inner: FileBytes
            switch member.header.method {
            case 0: inner = data
            case 8:
                // The size that the archive tells bounds what comes out.
                inner = try data.decompressed(.deflate, limit: max(1, min(left, member.header.size)))
                left -= inner.byteCount
            default: throw DatasetFailure(.malformed, "\(place): compression method \(member.header.method)")
            }
            found.append(try Self.member(inner, name: String(member.name.dropLast(4))))
        }
        guard let rows = found.first?.rows else {
            throw DatasetFailure(
                .malformed, "\(bytes.name): a zip without NumPy arrays; for a model use 'cordon model info'")
        }
        for member in found where member.rows != rows {
            throw DatasetFailure(
                .malformed,
                "\(bytes.name): '\(member.name)' has \(member.rows) rows and '\(found[0].name)' \(rows); one table needs as many in each"
            )
        }
        members = found
        fields = found.map { Self.field($0) }
    }

    /// Most bytes of all members together.
    private static let mostBytes = 64 << 30

    private static func archive(_ bytes: FileBytes) throws(DatasetFailure) -> ZipArchive {
        let box = Box()
        let isWhole = try bytes.withMapping { span in box.archive = ZipArchive.read(span, memberLimit: 100_000) }
        guard isWhole else { throw DatasetFailure(.malformed, "\(bytes.name): the file shrank while it was read") }
        guard let archive = box.archive else { throw DatasetFailure(.malformed, "\(bytes.name): not a zip archive") }
        return archive
    }

    private final class Box {
        var archive: ZipArchive?
    }

    static func member(_ bytes: FileBytes, name: String) throws(DatasetFailure) -> Member {
        let header: NumPyHeader
        do {
            header = try ByteView(copying: bytes.start(1 << 16)).withSpan { span throws(NumPyFailure) in
                try NumPyHeader(span)
            }
        } catch let failure as DatasetFailure { throw failure } catch {
            let reason = (error as? NumPyFailure)?.reason ?? "\(error)"
            throw DatasetFailure(.malformed, "\(bytes.name): no NumPy array: \(reason)")
        }
        guard !header.hasObjects else {
            throw DatasetFailure(
                .malformed, "\(bytes.name): an array of Python objects is a pickle, which is never loaded")
        }
        guard let element = NumPyElement(header.description), let total = header.byteCount else {
            throw DatasetFailure(.malformed, "\(bytes.name): elements of type \(header.description) are not read")
        }
        // With an extent of 0 the others would be held by nothing.
        guard header.shape.first == 0 || !header.shape.contains(0), header.shape.allSatisfy({ $0 <= 1 << 40 }),
            header.shape.dropFirst().reduce(1.0, { $0 * Double($1) }) < 1e12
        else { throw DatasetFailure(.malformed, "\(bytes.name): rows of the shape \(header.shape) hold nothing") }
        guard header.shape.count <= 16, total <= bytes.byteCount - header.dataOffset else {
            throw DatasetFailure(
                .malformed,
                "\(bytes.name): the shape \(header.shape) needs \(total) bytes, \(bytes.byteCount - header.dataOffset) are there"
            )
        }
        return Member(
            name: name, header: header, bytes: bytes, dataOffset: header.dataOffset, element: element,
            width: header.itemSize ?? 1)
    }

    private static func field(_ member: Member) -> Field {
        var type = member.element.type
        for extent in member.inner.reversed() { type = .list(type, size: extent) }
        return Field(name: member.name, type: type)
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        let rows = rowCount ?? 0
        let widest = columns.map { members[$0].rowBytes }.reduce(0, +)
        let step = max(1, min(1 << 15, (16 << 20) / max(1, widest)))
        for start in stride(from: 0, to: rows, by: step) {
            guard try body(batch(start..<min(rows, start + step), columns)) else { return }
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? { [try batch(rows, columns)] }

    private func batch(_ rows: Range<Int>, _ columns: [Int]) throws -> Batch {
        let made = try columns.map { try column(members[$0], rows) }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: made, count: rows.count, file: file,
            places: .rows(from: rows.lowerBound))
        batch.firstRow = rows.lowerBound
        return batch
    }

    /// Rows of an array whose first axis runs fastest: each place within a row is a run of its own.
    private func gathered(_ member: Member, _ rows: Range<Int>) throws -> [UInt8] {
        let (inner, width) = (member.inner, member.width)
        let places = inner.reduce(1, *)
        var result = [UInt8](repeating: 0, count: rows.count * places * width)
        for place in 0..<places {
            // The same place when the last axis runs fastest.
            var (rest, target) = (place, 0)
            for (axis, extent) in inner.enumerated() {
                target += rest % extent * inner[(axis + 1)...].reduce(1, *)
                rest /= extent
            }
            let run = try member.bytes.bytes(
                member.dataOffset + (place * member.rows + rows.lowerBound) * width, rows.count * width)
            for row in 0..<rows.count {
                for byte in 0..<width { result[(row * places + target) * width + byte] = run[row * width + byte] }
            }
        }
        return result
    }

    private func column(_ member: Member, _ rows: Range<Int>) throws -> Column {
        let bytes =
            member.header.isColumnMajor && !member.inner.isEmpty
            ? try gathered(member, rows)
            : try member.bytes.bytes(
                member.dataOffset + rows.lowerBound * member.rowBytes, rows.count * member.rowBytes)
        let memory = ColumnBuilder.copy(bytes)
        member.element.makeNative(memory, width: member.width)
        if case .text = member.element.kind {
            var builder = ColumnBuilder(.text)
            for row in 0..<rows.count * member.inner.reduce(1, *) {
                builder.append(member.element.text(memory, row * member.width, member.width))
            }
            memory.deallocate()
            guard member.inner.isEmpty else {
                throw DatasetFailure(.malformed, "\(member.bytes.name): texts in rows of lists")
            }
            return builder.finish()
        }
        if case .boolean = member.element.kind {
            var builder = ColumnBuilder(.boolean)
            for index in bytes.indices { builder.append(bytes[index] != 0) }
            memory.deallocate()
            let flat = builder.finish()
            var (column, count) = (flat, flat.count)
            for extent in member.inner.reversed() {
                count = extent == 0 ? rows.count : count / extent
                column = Column(
                    type: .list(column.type, size: extent), count: count, layout: .fixedList(extent), offset: 0,
                    validity: nil,
                    buffers: [], bufferSizes: [], children: [column], owner: flat.owner)
            }
            return column
        }
        return .lists(
            of: member.element.type, width: member.width, size: member.inner, count: rows.count,
            memory: UnsafeRawPointer(memory.baseAddress!), owner: ColumnBuilder.Memory([memory]))
    }
}

/// The type of an array's elements, from the header's `descr`.
struct NumPyElement: Sendable {
    enum Kind: Sendable { case number, boolean, text(isWide: Bool) }
    let type: ColumnType
    let kind: Kind
    /// Whether bytes come in the other order.
    let isSwapped: Bool

    init?(_ description: String) {
        let text = description.filter { $0 != "'" && $0 != "\"" }
        guard let order = text.first, "<>|=".contains(order), text.count >= 2 else { return nil }
        let letter = text[text.index(after: text.startIndex)]
        guard let size = Int(text.dropFirst(2)), size >= 0 else { return nil }
        isSwapped = order == ">"
        switch (letter, size) {
        case ("f", 2), ("f", 4), ("f", 8):
            type = .real(bits: size * 8)
            kind = .number
        case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
            type = .integer(bits: size * 8, isSigned: true)
            kind = .number
        case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
            type = .integer(bits: size * 8, isSigned: false)
            kind = .number
        case ("b", 1):
            type = .boolean
            kind = .boolean
        case ("U", 1...(1 << 20)), ("S", 1...(1 << 20)):
            type = .text
            kind = .text(isWide: letter == "U")
        default: return nil
        }
    }

    /// Turns bytes of the other order round.
    func makeNative(_ memory: UnsafeMutableRawBufferPointer, width: Int) {
        guard isSwapped else { return }
        var step = width
        if case .text(let isWide) = kind { step = isWide ? 4 : 1 }
        guard step > 1 else { return }
        for start in stride(from: 0, through: memory.count - step, by: step) {
            for index in 0..<step / 2 { memory.swapAt(start + index, start + step - 1 - index) }
        }
    }

    /// A text of fixed width, without the zeros behind it.
    func text(_ memory: UnsafeMutableRawBufferPointer, _ offset: Int, _ width: Int) -> String {
        guard case .text(let isWide) = kind, isWide else {
            return String(decoding: memory[offset..<(offset + width)].prefix { $0 != 0 }, as: UTF8.self)
        }
        var text = ""
        for place in stride(from: offset, to: offset + width, by: 4) {
            let code = memory.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            guard code != 0 else { break }
            text.unicodeScalars.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return text
    }
}
