// FlatBuffers internals documentation, "On-disk format".

/// A FlatBuffers table: fields through its vtable, every offset checked.
package struct FlatTable {
    private let start: Int
    private let vtable: Int
    private let vtableSize: Int

    /// The table that a pointer leads to, or `nil` where it does not fit.
    package init?(_ bytes: RawSpan, pointerAt pointer: Int) {
        guard let offset = bytes.littleEndian(at: pointer, as: UInt32.self) else { return nil }
        start = pointer + Int(offset)
        guard start <= bytes.byteCount, let back = bytes.littleEndian(at: start, as: Int32.self) else { return nil }
        vtable = start - Int(back)
        guard let size = bytes.littleEndian(at: vtable, as: UInt16.self), size >= 4,
            bytes.contains(offset: vtable, count: Int(size))
        else { return nil }
        vtableSize = Int(size)
    }

    /// Where a field's value lies; `nil` when the table does not have it.
    package func field(_ index: Int, _ bytes: RawSpan) -> Int? {
        let slot = 4 + 2 * index
        guard slot + 2 <= vtableSize, let offset = bytes.littleEndian(at: vtable + slot, as: UInt16.self), offset != 0
        else { return nil }
        return start + Int(offset)
    }
}

extension FlatTable {
    /// A 64-bit size field; 0 when absent.
    package func size(_ index: Int, _ bytes: RawSpan) -> Int {
        field(index, bytes).flatMap { bytes.littleEndian(at: $0, as: UInt64.self) }.map { Int(clamping: $0) } ?? 0
    }
}

/// A FlatBuffers vector or string.
package struct FlatVector {
    /// Offset of the first element.
    package let start: Int
    /// Number of elements, all inside the span.
    package let count: Int

    /// The vector that a pointer leads to, or `nil` where it does not fit.
    package init?(_ bytes: RawSpan, pointerAt pointer: Int, width: Int = 4) {
        guard let offset = bytes.littleEndian(at: pointer, as: UInt32.self),
            let length = bytes.littleEndian(at: pointer + Int(offset), as: UInt32.self)
        else { return nil }
        start = pointer + Int(offset) + 4
        count = Int(length)
        guard bytes.contains(offset: start, count: count * width) else { return nil }
    }
}
