internal import Glibc

/// Values of one column in some consecutive rows, in Arrow's layout.
///
/// Source: Apache Arrow columnar format 1.5. `@unchecked Sendable`: the memory is not written after the column was made,
/// and `owner` keeps it.
public struct Column: @unchecked Sendable {
    /// How values lie in memory.
    enum Layout: Hashable, Sendable {
        case null
        /// One bit each.
        case bits
        /// Bytes per value.
        case fixed(Int)
        /// Offsets of 32 or 64 bits into a buffer of bytes.
        case variable(isLarge: Bool)
        /// Views of 16 bytes into several buffers.
        case views
        /// Offsets of 32 or 64 bits into a child.
        case list(isLarge: Bool)
        case fixedList(Int)
        case record
        /// Indices into a dictionary.
        case dictionary(bytes: Int, isSigned: Bool)
        /// Carried, not read.
        case opaque
    }

    /// The type of the values.
    public let type: ColumnType
    /// Number of rows.
    public let count: Int
    let layout: Layout
    let offset: Int
    let validity: UnsafeRawPointer?
    let buffers: [UnsafeRawPointer?]
    /// Bytes in each of the data buffers of views.
    let bufferSizes: [Int]
    let children: [Column]
    let owner: AnyObject

    // MARK: Reading

    /// Whether the row has no value.
    public func isNull(_ row: Int) -> Bool {
        if layout == .null { return true }
        guard let validity else {
            if case .dictionary = layout, let index = dictionaryIndex(row) { return children[0].isNull(index) }
            return false
        }
        let place = row + offset
        return validity.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1 == 0
    }

    /// The value as a number; `nil` where there is none. Booleans are 0 and 1.
    public func double(_ row: Int) -> Double? {
        guard !isNull(row) else { return nil }
        switch (type, layout) {
        case (.real(let bits), .fixed):
            switch bits {
            case 64: return load(row, as: Double.self)
            case 32: return Double(load(row, as: Float.self))
            default: return Double(Float(halfBits: load(row, as: UInt16.self)))
            }
        case (.decimal(_, let scale, _), .fixed):
            guard let number = decimal(row) else { return nil }
            // Both are exact up to here, and division rounds once.
            if number.magnitude <= 1 << 53, (0...22).contains(scale) { return Double(number) / pow(10, Double(scale)) }
            return Double(Self.decimalText(number, scale))
        case (_, .dictionary): return dictionaryIndex(row).flatMap { children[0].double($0) }
        default: return integer(row).map(Double.init) ?? unsigned(row).map(Double.init)
        }
    }

    /// A whole number of 64 bits without sign; `nil` for other types.
    func unsigned(_ row: Int) -> UInt64? {
        guard case .integer(64, isSigned: false) = type, !isNull(row) else { return nil }
        switch layout {
        case .fixed: return load(row, as: UInt64.self)
        case .dictionary: return dictionaryIndex(row).flatMap { children[0].unsigned($0) }
        default: return nil
        }
    }

    /// A decimal without its scale.
    private func decimal(_ row: Int) -> Int128? {
        switch layout {
        case .fixed(4): Int128(load(row, as: Int32.self))
        case .fixed(8): Int128(load(row, as: Int64.self))
        case .fixed(16): load(row, as: Int128.self)
        default: nil
        }
    }

    /// The column and row that hold the value, where this one only points into a dictionary.
    func resolved(_ row: Int) -> (column: Column, row: Int) {
        guard case .dictionary = layout, !isNull(row), let index = dictionaryIndex(row) else { return (self, row) }
        return children[0].resolved(index)
    }

    /// The value as a whole number; `nil` where there is none, or it is none.
    public func integer(_ row: Int) -> Int? {
        guard !isNull(row) else { return nil }
        switch (type, layout) {
        case (.boolean, .bits):
            let place = row + offset
            guard let base = buffers[0] else { return nil }
            return Int(base.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1)
        case (.integer(let bits, let isSigned), .fixed):
            switch (bits, isSigned) {
            case (8, true): return Int(load(row, as: Int8.self))
            case (16, true): return Int(load(row, as: Int16.self))
            case (32, true): return Int(load(row, as: Int32.self))
            case (64, true): return Int(load(row, as: Int64.self))
            case (8, false): return Int(load(row, as: UInt8.self))
            case (16, false): return Int(load(row, as: UInt16.self))
            case (32, false): return Int(load(row, as: UInt32.self))
            default: return Int(exactly: load(row, as: UInt64.self))
            }
        case (.time, .fixed(4)): return Int(load(row, as: Int32.self))
        case (.time, .fixed(8)): return Int(load(row, as: Int64.self))
        case (.real, .fixed): return double(row).flatMap { Int(exactly: $0.rounded()) }
        case (_, .dictionary): return dictionaryIndex(row).flatMap { children[0].integer($0) }
        default: return nil
        }
    }

    /// Lends the bytes of a text or binary value.
    public func withBytes<Value>(_ row: Int, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value? {
        guard !isNull(row) else { return nil }
        defer { withExtendedLifetime(owner) {} }
        switch layout {
        case .variable(let isLarge):
            let (low, high) = bounds(row, isLarge)
            return try body(
                UnsafeRawBufferPointer(start: buffers[1].map { $0 + low }, count: buffers[1] == nil ? 0 : high - low))
        case .views: return try body(view(row))
        case .fixed(let width) where type == .bytes:
            return try body(UnsafeRawBufferPointer(start: buffers[0].map { $0 + (row + offset) * width }, count: width))
        case .dictionary:
            guard let index = dictionaryIndex(row) else { return nil }
            return try children[0].withBytes(index, body)
        default: return nil
        }
    }

    /// The value as text; invalid UTF-8 is replaced. Numbers are written out.
    public func text(_ row: Int) -> String? {
        switch type {
        case .text, .bytes: return withBytes(row) { String(decoding: $0, as: UTF8.self) }
        case .real: return double(row).map { "\($0)" }
        case .boolean: return integer(row).map { $0 == 1 ? "true" : "false" }
        case .decimal(_, let scale, _):
            let (column, row) = resolved(row)
            return column.isNull(row) ? nil : column.decimal(row).map { Self.decimalText($0, scale) }
        default: return integer(row).map(String.init) ?? unsigned(row).map(String.init)
        }
    }

    /// All digits of a decimal.
    private static func decimalText(_ number: Int128, _ scale: Int) -> String {
        let digits = "\(number.magnitude)"
        let sign = number < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits + String(repeating: "0", count: number == 0 ? 0 : -scale) }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    /// The rows of the child that belong to a list; empty where there is none.
    public func list(_ row: Int) -> (values: Column, rows: Range<Int>)? {
        guard !isNull(row), let child = children.first else { return nil }
        switch layout {
        case .list(let isLarge):
            let (low, high) = bounds(row, isLarge)
            return (child, low..<high)
        case .fixedList(let size): return (child, (row + offset) * size..<(row + offset + 1) * size)
        case .dictionary: return dictionaryIndex(row).flatMap { child.list($0) }
        default: return nil
        }
    }

    /// A part of a record by name.
    public func part(_ name: String) -> Column? {
        guard layout == .record, case .record(let fields) = type,
            let index = fields.firstIndex(where: { $0.name == name }), index < children.count
        else { return nil }
        return children[index].shifted(by: offset, count: count)
    }

    /// Numbers of a row: one, or those of a (nested) list. `nil` where something is missing.
    public func numbers(_ row: Int, into target: inout [Float]) -> Bool {
        if let (values, rows) = list(row) {
            for inner in rows { guard values.numbers(inner, into: &target) else { return false } }
            return true
        }
        guard let number = double(row) else { return false }
        target.append(Float(number))
        return true
    }

    /// The rows from `start` on, at most `count`.
    func slice(_ start: Int, _ count: Int) -> Column {
        Column(
            type: type, count: count, layout: layout, offset: offset + start, validity: validity, buffers: buffers,
            bufferSizes: bufferSizes, children: children, owner: owner)
    }

    private func shifted(by more: Int, count: Int) -> Column {
        Column(
            type: type, count: count, layout: layout, offset: offset + more, validity: validity, buffers: buffers,
            bufferSizes: bufferSizes, children: children, owner: owner)
    }

    // MARK: Memory

    /// Rows are within `count`, and the memory holds `offset + count` values: checked when the column was made.
    private func load<Element: BitwiseCopyable>(_ row: Int, as type: Element.Type) -> Element {
        buffers[0]!.loadUnaligned(fromByteOffset: (row + offset) * MemoryLayout<Element>.size, as: type)
    }

    private func bounds(_ row: Int, _ isLarge: Bool) -> (Int, Int) {
        guard let base = buffers[0] else { return (0, 0) }
        let place = row + offset
        if isLarge {
            return (
                Int(base.loadUnaligned(fromByteOffset: place * 8, as: Int64.self)),
                Int(base.loadUnaligned(fromByteOffset: place * 8 + 8, as: Int64.self))
            )
        }
        return (
            Int(base.loadUnaligned(fromByteOffset: place * 4, as: Int32.self)),
            Int(base.loadUnaligned(fromByteOffset: place * 4 + 4, as: Int32.self))
        )
    }

    /// Up to 12 bytes lie in the view itself, others in one of the data buffers.
    private func view(_ row: Int) -> UnsafeRawBufferPointer {
        guard let base = buffers[0] else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let at = base + (row + offset) * 16
        let length = Int(at.loadUnaligned(as: Int32.self))
        if length <= 12 { return UnsafeRawBufferPointer(start: at + 4, count: max(0, length)) }
        let buffer = Int(at.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let start = Int(at.loadUnaligned(fromByteOffset: 12, as: Int32.self))
        guard buffer >= 0, buffer + 1 < buffers.count, start >= 0, buffer < bufferSizes.count,
            length <= bufferSizes[buffer] - start
        else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: buffers[buffer + 1].map { $0 + start }, count: length)
    }

    private func dictionaryIndex(_ row: Int) -> Int? {
        guard case .dictionary(let bytes, let isSigned) = layout else { return nil }
        let index: Int
        switch (bytes, isSigned) {
        case (1, true): index = Int(load(row, as: Int8.self))
        case (2, true): index = Int(load(row, as: Int16.self))
        case (4, true): index = Int(load(row, as: Int32.self))
        case (8, true): index = Int(load(row, as: Int64.self))
        case (1, false): index = Int(load(row, as: UInt8.self))
        case (2, false): index = Int(load(row, as: UInt16.self))
        case (4, false): index = Int(load(row, as: UInt32.self))
        default: index = Int(exactly: load(row, as: UInt64.self)) ?? -1
        }
        return index >= 0 && index < children[0].count ? index : nil
    }
}

extension Float {
    /// From the bits of a 16-bit number (IEEE 754 binary16).
    init(halfBits bits: UInt16) { self = Float(Float16(bitPattern: bits)) }
}
