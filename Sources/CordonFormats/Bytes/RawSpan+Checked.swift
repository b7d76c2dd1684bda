internal import CSystem
internal import Glibc

/// Reads that check their bounds and say `nil` instead of trapping. Offsets count from the start of the span.
extension RawSpan {
    /// The byte at `offset`, or `nil` outside the span.
    @inlinable
    package func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < byteCount else { return nil }
        return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// A little-endian integer, aligned or not, or `nil` when it does not fit.
    @inlinable
    package func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T? {
        guard offset >= 0, offset <= byteCount &- MemoryLayout<T>.size else { return nil }
        return T(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
    }

    /// A big-endian integer, aligned or not, or `nil` when it does not fit.
    @inlinable
    package func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T? {
        guard offset >= 0, offset <= byteCount &- MemoryLayout<T>.size else { return nil }
        return T(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
    }

    /// Whether `count` bytes from `offset` lie inside the span; safe for any values.
    @inlinable
    package func contains(offset: Int, count: Int) -> Bool {
        offset >= 0 && count >= 0 && offset <= byteCount && count <= byteCount &- offset
    }

    /// A copy of `count` bytes, or `nil` when they are not all there. The caller bounds `count`.
    package func copy(at offset: Int, count: Int) -> [UInt8]? {
        guard contains(offset: offset, count: count) else { return nil }
        return withUnsafeBytes { Array($0[offset..<(offset + count)]) }
    }

    /// Text from UTF-8, invalid sequences replaced, or `nil` when the bytes are not all there.
    package func text(at offset: Int, count: Int) -> String? {
        guard contains(offset: offset, count: count) else { return nil }
        return withUnsafeBytes { String(decoding: $0[offset..<(offset + count)], as: UTF8.self) }
    }

    /// Whether all bytes form valid UTF-8. O(n).
    package var isUTF8: Bool {
        withUnsafeBytes { String(validating: $0, as: UTF8.self) != nil }
    }

    /// Whether the bytes at `offset` are `prefix`.
    package func hasBytes(_ prefix: StaticString, at offset: Int = 0) -> Bool {
        guard contains(offset: offset, count: prefix.utf8CodeUnitCount) else { return false }
        return withUnsafeBytes { memcmp($0.baseAddress! + offset, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0 }
    }

    /// Whether the bytes at `offset` are `prefix`.
    package func hasBytes(_ prefix: [UInt8], at offset: Int = 0) -> Bool {
        guard contains(offset: offset, count: prefix.count), !prefix.isEmpty else { return prefix.isEmpty }
        return withUnsafeBytes { memcmp($0.baseAddress! + offset, prefix, prefix.count) == 0 }
    }

    /// The offset of the first `byte` in `start..<end`, or `nil`. Values outside the span are cut to it.
    package func firstIndex(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        let (low, high) = (max(0, start), min(end, byteCount))
        guard low < high else { return nil }
        return withUnsafeBytes { buffer in
            // A non-empty span has a base address.
            let base = buffer.baseAddress!
            guard let hit = memchr(base + low, Int32(byte), high - low) else { return nil }
            return UnsafeRawPointer(hit) - base
        }
    }

    /// Whether ASCII `needle` occurs anywhere.
    package func contains(_ needle: StaticString) -> Bool {
        guard byteCount > 0 else { return false }
        return withUnsafeBytes { buffer in
            cordon_find(buffer.baseAddress, buffer.count, needle.utf8Start, needle.utf8CodeUnitCount) != nil
        }
    }

    /// The offset of the first `needle` in `start..<end`, or `nil`.
    package func firstRange(of needle: [UInt8], from start: Int, to end: Int) -> Int? {
        let (low, high) = (max(0, start), min(end, byteCount))
        guard low < high, !needle.isEmpty else { return nil }
        return withUnsafeBytes { buffer in
            // A non-empty span has a base address.
            let base = buffer.baseAddress!
            guard let hit = cordon_find(base + low, high - low, needle, needle.count) else { return nil }
            return hit - base
        }
    }

    /// Whether two bytes stand beside each other anywhere; quick where the first is rare.
    package func hasPair(_ first: UInt8, _ second: UInt8) -> Bool {
        var position = 0
        while let hit = firstIndex(of: first, from: position, to: byteCount - 1) {
            if byte(at: hit + 1) == second { return true }
            position = hit + 1
        }
        return false
    }
}
