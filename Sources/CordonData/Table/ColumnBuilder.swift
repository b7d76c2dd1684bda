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
    /// Bytes one after the other, and where each value ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var missing: [Int] = []
    private(set) var count = 0

    /// A builder of booleans, whole numbers of 64 bits, numbers of 64 bits, text or bytes.
    init(_ type: ColumnType, capacity: Int = 0) {
        self.type = type
        switch type {
        case .boolean: booleans.reserveCapacity(capacity)
        case .integer: integers.reserveCapacity(capacity)
        case .real: reals.reserveCapacity(capacity)
        default: ends.reserveCapacity(capacity)
        }
    }

    mutating func appendNull() {
        missing.append(count)
        switch type {
        case .boolean: booleans.append(false)
        case .integer: integers.append(0)
        case .real: reals.append(.nan)
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

    /// The column of what was collected.
    func finish() -> Column {
        switch type {
        case .boolean:
            let bits = Self.allocate((booleans.count + 7) / 8)
            for (index, value) in booleans.enumerated() where value { bits[index >> 3] |= 1 << UInt8(index & 7) }
            return column(.bits, [bits])
        case .integer: return column(.fixed(8), [Self.copy(integers)])
        case .real: return column(.fixed(8), [Self.copy(reals)])
        default:
            let isLarge = bytes.count > Int(Int32.max)
            let offsets = isLarge ? Self.copy([0] + ends.map(Int64.init)) : Self.copy([0] + ends.map(Int32.init))
            return column(.variable(isLarge: isLarge), [offsets, Self.copy(bytes)])
        }
    }

    private func column(_ layout: Column.Layout, _ memory: [UnsafeMutableRawBufferPointer]) -> Column {
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
            buffers: memory.map { UnsafeRawPointer($0.baseAddress) }, bufferSizes: [], children: [],
            owner: Memory(all))
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
