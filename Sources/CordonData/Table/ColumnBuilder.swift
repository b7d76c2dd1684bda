/// Collects values of one column.
struct ColumnBuilder {
    /// Memory that a column points into.
    final class Memory {
        let pointers: [UnsafeMutableRawBufferPointer]
        let children: [Column]

        init(_ pointers: [UnsafeMutableRawBufferPointer], _ children: [Column] = []) {
            self.pointers = pointers
            self.children = children
        }

        deinit { for pointer in pointers { pointer.deallocate() } }
    }

    let type: ColumnType
    private var booleans: [Bool] = []
    private var integers: [Int64] = []
    private var reals: [Double] = []
    /// Bytes one after the other, and where each value ends; for lists, where each ends in the child.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var missing: [Int] = []
    private var children: [ColumnBuilder] = []
    private(set) var count = 0

    /// A builder of values of any type that is read. Whole numbers and numbers are collected in 64 bits and kept in the
    /// width of their type.
    init(_ type: ColumnType, capacity: Int = 0) {
        self.type = type
        switch type {
        case .boolean: booleans.reserveCapacity(capacity)
        case .integer, .time: integers.reserveCapacity(capacity)
        case .real: reals.reserveCapacity(capacity)
        case .list(let element, _): children = [ColumnBuilder(element)]
        case .record(let fields): children = fields.map { ColumnBuilder($0.type) }
        default: ends.reserveCapacity(capacity)
        }
    }

    mutating func appendNull() {
        missing.append(count)
        switch type {
        case .boolean: booleans.append(false)
        case .integer, .time: integers.append(0)
        case .real: reals.append(.nan)
        case .list(_, let size?): for _ in 0..<size { children[0].appendNull() }
        case .list: ends.append(children[0].count)
        case .record: for index in children.indices { children[index].appendNull() }
        default: ends.append(bytes.count)
        }
        count += 1
    }

    mutating func append(_ value: Bool) {
        booleans.append(value)
        count += 1
    }

    mutating func append(_ value: Int64) {
        integers.append(value)
        count += 1
    }

    mutating func append(_ value: Double) {
        reals.append(value)
        count += 1
    }

    mutating func append(_ value: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: value)
        ends.append(bytes.count)
        count += 1
    }

    mutating func append(_ value: String) {
        var text = value
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ value: [UInt8]) { value.withUnsafeBytes { append($0) } }

    /// Adds a value of another column of the same type.
    mutating func append(_ given: Column, _ place: Int) {
        guard !given.isNull(place) else { return appendNull() }
        let (column, row) = given.resolved(place)
        switch type {
        case .boolean: append(column.integer(row) == 1)
        case .integer, .time:
            append(column.integer(row).map(Int64.init) ?? Int64(bitPattern: column.unsigned(row) ?? 0))
        case .real: append(column.double(row) ?? .nan)
        case .list(_, let size):
            guard let (values, rows) = column.list(row), size == nil || rows.count == size else { return appendNull() }
            for inner in rows { children[0].append(values, inner) }
            ends.append(children[0].count)
            count += 1
        case .record(let fields):
            for (index, field) in fields.enumerated() {
                if let part = column.part(field.name) {
                    children[index].append(part, row)
                } else {
                    children[index].appendNull()
                }
            }
            count += 1
        default: if column.withBytes(row, { append($0) }) == nil { append(column.text(row) ?? "") }
        }
    }

    /// The column of what was collected.
    func finish() -> Column {
        switch type {
        case .boolean:
            let bits = Self.allocate((booleans.count + 7) / 8)
            for (index, value) in booleans.enumerated() where value { bits[index >> 3] |= 1 << UInt8(index & 7) }
            return column(.bits, [bits])
        case .integer(let bits, _): return whole(bits)
        case .time(let format): return whole(["tdD", "tts", "ttm"].contains(format) ? 32 : 64)
        case .real(32): return column(.fixed(4), [Self.copy(reals.map(Float.init))])
        case .real(16): return column(.fixed(2), [Self.copy(reals.map(Float16.init))])
        case .real: return column(.fixed(8), [Self.copy(reals)])
        case .list(_, let size?): return column(.fixedList(size), [], [children[0].finish()])
        case .list:
            let isLarge = children[0].count > Int(Int32.max)
            return column(.list(isLarge: isLarge), [offsets(isLarge)], [children[0].finish()])
        case .record: return column(.record, [], children.map { $0.finish() })
        default:
            let isLarge = bytes.count > Int(Int32.max)
            return column(.variable(isLarge: isLarge), [offsets(isLarge), Self.copy(bytes)])
        }
    }

    private func offsets(_ isLarge: Bool) -> UnsafeMutableRawBufferPointer {
        isLarge ? Self.copy([0] + ends.map(Int64.init)) : Self.copy([0] + ends.map(Int32.init))
    }

    private func whole(_ bits: Int) -> Column {
        switch bits {
        case 8: column(.fixed(1), [Self.copy(integers.map { Int8(truncatingIfNeeded: $0) })])
        case 16: column(.fixed(2), [Self.copy(integers.map { Int16(truncatingIfNeeded: $0) })])
        case 32: column(.fixed(4), [Self.copy(integers.map { Int32(truncatingIfNeeded: $0) })])
        default: column(.fixed(8), [Self.copy(integers)])
        }
    }

    private func column(
        _ layout: Column.Layout, _ memory: [UnsafeMutableRawBufferPointer], _ children: [Column] = []
    ) -> Column {
        var all = memory
        var validity: UnsafeRawPointer?
        if !missing.isEmpty {
            let bits = Self.allocate((count + 7) / 8)
            for index in bits.indices { bits[index] = 0xFF }
            for index in missing { bits[index >> 3] &= ~(1 << UInt8(index & 7)) }
            validity = UnsafeRawPointer(bits.baseAddress)
            all.append(bits)
        }
        return Column(
            type: type, count: count, layout: layout, offset: 0, validity: validity,
            buffers: memory.map { UnsafeRawPointer($0.baseAddress) }, bufferSizes: [], children: children,
            owner: Memory(all, children))
    }

    static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(8, count), alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        return memory
    }

    static func copy<Element: BitwiseCopyable>(_ list: [Element]) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(8, list.count * MemoryLayout<Element>.stride), alignment: 64)
        list.withUnsafeBytes { memory.copyMemory(from: $0) }
        return memory
    }
}

extension Column {
    /// A column of numbers in rows, each a list of `size`, over memory that `owner` keeps.
    static func lists(
        of element: ColumnType, width: Int, size: [Int], count: Int, memory: UnsafeRawPointer, owner: AnyObject
    ) -> Column {
        let total = count * size.reduce(1, *)
        var column = Column(
            type: element, count: total, layout: .fixed(width), offset: 0, validity: nil, buffers: [memory],
            bufferSizes: [], children: [], owner: owner)
        var rows = total
        for extent in size.reversed() {
            rows = extent == 0 ? count : rows / extent
            column = Column(
                type: .list(column.type, size: extent), count: rows, layout: .fixedList(extent), offset: 0,
                validity: nil,
                buffers: [], bufferSizes: [], children: [column], owner: owner)
        }
        return column
    }

    /// A record of these columns.
    static func record(_ fields: [Field], _ columns: [Column], count: Int) -> Column {
        Column(
            type: .record(fields), count: count, layout: .record, offset: 0, validity: nil, buffers: [],
            bufferSizes: [],
            children: columns, owner: ColumnBuilder.Memory([], columns))
    }
}
