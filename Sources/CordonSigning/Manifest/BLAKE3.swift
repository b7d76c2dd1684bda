/// BLAKE3 in its default hash mode with 32 bytes of output.
///
/// No maintained C implementation is packaged by itself, so this is the portable construction of the paper
/// (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020, section 2), one block at
/// a time: several times slower than SHA-256 with processor support. Checked against the published vectors.
struct BLAKE3 {
    private typealias Row = SIMD4<UInt32>
    private typealias Words = SIMD16<UInt32>

    private static let blockByteCount = 64
    private static let blocksInChunk = 16
    private static let initial: SIMD8<UInt32> = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]
    private static let chunkStart: UInt32 = 1
    private static let chunkEnd: UInt32 = 2
    private static let parent: UInt32 = 4
    private static let root: UInt32 = 8

    /// Chaining values of complete subtrees, largest first.
    private var stack: [SIMD8<UInt32>] = []
    private var chunkCount: UInt64 = 0
    private var chaining = BLAKE3.initial
    private var blockCount = 0
    /// The block that is being filled; it is compressed when more follows, since the last one is special.
    private var block = [UInt8](repeating: 0, count: BLAKE3.blockByteCount)
    private var filled = 0

    /// Adds a piece.
    mutating func update(_ piece: UnsafeRawBufferPointer) {
        var position = 0
        while position < piece.count {
            if filled == Self.blockByteCount { compressBlock() }
            let count = min(Self.blockByteCount - filled, piece.count - position)
            for offset in 0..<count { block[filled + offset] = piece[position + offset] }
            filled += count
            position += count
        }
    }

    /// The digest of everything added.
    func finalize() -> [UInt8] {
        var words = words(count: filled)
        var flags = startFlag | Self.chunkEnd
        var input = chaining
        var length = UInt32(filled)
        var counter = chunkCount
        for left in stack.reversed() {
            let right = Self.compress(input, words, counter: counter, length: length, flags: flags)
            words = Words(lowHalf: left, highHalf: right)
            (input, length, counter, flags) = (Self.initial, UInt32(Self.blockByteCount), 0, Self.parent)
        }
        let output = Self.compress(input, words, counter: counter, length: length, flags: flags | Self.root)
        return (0..<8).flatMap { index in (0..<4).map { UInt8(truncatingIfNeeded: output[index] >> UInt32(8 * $0)) } }
    }

    private var startFlag: UInt32 { blockCount == 0 ? Self.chunkStart : 0 }

    /// Little-endian words of the block, zeros after `count` bytes.
    private func words(count: Int) -> Words {
        var words = Words()
        for index in 0..<16 {
            var word: UInt32 = 0
            for byte in 0..<4 where 4 * index + byte < count {
                word |= UInt32(block[4 * index + byte]) << UInt32(8 * byte)
            }
            words[index] = word
        }
        return words
    }

    private mutating func compressBlock() {
        let isLast = blockCount == Self.blocksInChunk - 1
        chaining = Self.compress(
            chaining, words(count: Self.blockByteCount), counter: chunkCount, length: UInt32(Self.blockByteCount),
            flags: startFlag | (isLast ? Self.chunkEnd : 0))
        filled = 0
        blockCount += 1
        if isLast { finishChunk() }
    }

    /// Merges subtrees of equal size: as many as the number of chunks has trailing zeros.
    private mutating func finishChunk() {
        chunkCount += 1
        var merged = chaining
        var rest = chunkCount
        while rest & 1 == 0, let left = stack.popLast() {
            merged = Self.compress(
                Self.initial, Words(lowHalf: left, highHalf: merged), counter: 0,
                length: UInt32(Self.blockByteCount), flags: Self.parent)
            rest >>= 1
        }
        stack.append(merged)
        chaining = Self.initial
        blockCount = 0
    }

    // MARK: Compression function (section 2.2)

    @inline(__always)
    private static func rotate(_ row: Row, _ count: UInt32) -> Row {
        row &>> Row(repeating: count) | row &<< Row(repeating: 32 - count)
    }

    @inline(__always)
    private static func mix(_ a: inout Row, _ b: inout Row, _ c: inout Row, _ d: inout Row, _ x: Row, _ y: Row) {
        a = a &+ b &+ x
        d = rotate(d ^ a, 16)
        c = c &+ d
        b = rotate(b ^ c, 12)
        a = a &+ b &+ y
        d = rotate(d ^ a, 8)
        c = c &+ d
        b = rotate(b ^ c, 7)
    }

    private static func compress(
        _ chaining: SIMD8<UInt32>, _ block: Words, counter: UInt64, length: UInt32, flags: UInt32
    ) -> SIMD8<UInt32> {
        var a = chaining.lowHalf
        var b = chaining.highHalf
        var c = initial.lowHalf
        var d = Row(UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), length, flags)
        var m = block
        for round in 0..<7 {
            mix(&a, &b, &c, &d, Row(m[0], m[2], m[4], m[6]), Row(m[1], m[3], m[5], m[7]))
            b = Row(b[1], b[2], b[3], b[0])
            c = Row(c[2], c[3], c[0], c[1])
            d = Row(d[3], d[0], d[1], d[2])
            mix(&a, &b, &c, &d, Row(m[8], m[10], m[12], m[14]), Row(m[9], m[11], m[13], m[15]))
            b = Row(b[3], b[0], b[1], b[2])
            c = Row(c[2], c[3], c[0], c[1])
            d = Row(d[1], d[2], d[3], d[0])
            if round < 6 {
                m = Words(
                    m[2], m[6], m[3], m[10], m[7], m[0], m[4], m[13], m[1], m[11], m[12], m[5], m[9], m[14], m[15],
                    m[8])
            }
        }
        return SIMD8(lowHalf: a ^ c, highHalf: b ^ d)
    }
}
