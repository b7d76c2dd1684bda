internal import CCompression
internal import Glibc

/// Compressed streams that Cordon opens.
package enum Compression: String, Hashable, Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950.
    case zlib
    /// RFC 1951, as zip members have it.
    case deflate
    case bzip2
    /// The .xz container, and the older .lzma one.
    case xz, lzma
    /// LZMA as zip members have it (APPNOTE 5.8): a short header and the raw stream.
    case zipLZMA
    /// RFC 8878.
    case zstd
    /// LZ4 frame format 1.6.
    case lz4
}

/// Why decompression ended before the end of the stream.
package enum DecompressionStop: Hashable, Sendable {
    /// The stream is damaged or ends early; the text is the library's word for it.
    case corrupt(String)
    /// More output than the ratio of output to input allows.
    case ratio
    /// More output than the byte budget allows.
    case bytes
    /// The caller's time is over.
    case time
    /// The output could not be kept.
    case spool(String)
}

/// Bounds of one decompression.
package struct DecompressionLimits: Sendable {
    /// Most bytes of output.
    package var bytes: Int
    /// Most output per input byte, applied once the output exceeds 16 MiB.
    package var ratio: Int
    /// Called for every chunk; `true` stops.
    package var isExpired: @Sendable () -> Bool

    /// Makes limits.
    package init(bytes: Int, ratio: Int, isExpired: @escaping @Sendable () -> Bool) {
        self.bytes = bytes
        self.ratio = ratio
        self.isExpired = isExpired
    }
}

/// What came out of a compressed stream; on a stop, what had come out until then.
package struct Decompressed: Sendable {
    /// The output. In memory up to 8 MiB, then in an unnamed temporary file.
    package let view: ByteView
    /// Input bytes used; what follows is not part of the stream.
    package let consumed: Int
    /// `nil` when the stream ended properly.
    package let stop: DecompressionStop?
}

/// Decompresses with the libraries everybody uses, in chunks, never beyond the limits.
///
/// - Note: Concatenated gzip members, bzip2 and xz streams, zstd and lz4 frames are all read, as their tools do.
package enum Decompressor {
    static let chunk = 256 << 10

    /// Decompresses the stream at the start of `input`.
    ///
    /// - Complexity: O(output), memory O(1) beyond the first 8 MiB.
    package static func run(_ compression: Compression, _ input: RawSpan, limits: DecompressionLimits) -> Decompressed {
        let spool = Spool()
        let meter = Meter(limits: limits, spool: spool)
        let (consumed, stop) = input.withUnsafeBytes { buffer -> (Int, DecompressionStop?) in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return (0, .corrupt("empty stream")) }
            let bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: buffer.count)
            switch compression {
            case .gzip: return inflating(bytes, windowBits: 15 + 16, meter)
            case .zlib: return inflating(bytes, windowBits: 15, meter)
            case .deflate: return inflating(bytes, windowBits: -15, meter)
            case .bzip2: return bunzipping(bytes, meter)
            case .xz, .lzma, .zipLZMA: return unlzma(bytes, compression, meter)
            case .zstd: return unzstd(bytes, meter)
            case .lz4: return unlz4(bytes, meter)
            }
        }
        switch spool.finish() {
        case .success(let view): return Decompressed(view: view, consumed: consumed, stop: stop)
        case .failure(let failure):
            return Decompressed(view: ByteView(copying: []), consumed: consumed, stop: .spool(failure.text))
        }
    }

    /// Decompresses a chain of 7z's methods.
    ///
    /// - Parameters:
    ///   - chain: method ids and properties, in the order of decoding; what comes first reads `input`.
    ///   - size: bytes that come out, which 7z states beforehand.
    /// - Returns: `nil` for a chain that the libraries do not know, such as PPMd, BCJ2 or encryption.
    package static func run(
        chain: [(id: [UInt8], properties: [UInt8])], _ input: RawSpan, size: Int, limits: DecompressionLimits
    ) -> Decompressed? {
        if chain.count == 1 {
            let known: [[UInt8]: Compression] = [
                [4, 1, 8]: .deflate, [4, 2, 2]: .bzip2, [4, 0xF7, 0x11, 1]: .zstd, [4, 0xF7, 0x11, 4]: .lz4,
            ]
            if let compression = known[chain[0].id] { return run(compression, input, limits: limits) }
            if chain[0].id == [0] || chain[0].id == [] {
                let spool = Spool()
                let meter = Meter(limits: limits, spool: spool)
                let stop = input.withUnsafeBytes { buffer -> DecompressionStop? in
                    meter.take(buffer.bindMemory(to: UInt8.self), consumed: buffer.count)
                }
                return finished(spool, input.byteCount, stop)
            }
        }
        guard let filters = RawFilters(chain, size: size) else { return nil }
        let spool = Spool()
        let meter = Meter(limits: limits, spool: spool)
        let (consumed, stop) = input.withUnsafeBytes { buffer -> Result in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return (0, .corrupt("empty stream")) }
            var stream = cordon_lzma_stream()
            guard filters.start(&stream, limit: 256 << 20) == LZMA_OK else {
                return (0, .corrupt("lzma does not start"))
            }
            defer { lzma_end(&stream) }
            let bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: buffer.count)
            return pump(&stream, bytes, from: 0, endsQuietly: true, meter)
        }
        return finished(spool, consumed, stop)
    }

    private static func finished(_ spool: Spool, _ consumed: Int, _ stop: DecompressionStop?) -> Decompressed {
        switch spool.finish() {
        case .success(let view): Decompressed(view: view, consumed: consumed, stop: stop)
        case .failure(let failure):
            Decompressed(view: ByteView(copying: []), consumed: consumed, stop: .spool(failure.text))
        }
    }

    /// Counts output against the limits while it is kept.
    final class Meter {
        private let limits: DecompressionLimits
        private let spool: Spool
        private var produced = 0

        init(limits: DecompressionLimits, spool: Spool) {
            self.limits = limits
            self.spool = spool
        }

        func take(_ bytes: UnsafeBufferPointer<UInt8>, consumed: Int) -> DecompressionStop? {
            let room = limits.bytes - produced
            let kept = UnsafeBufferPointer(rebasing: bytes.prefix(max(0, room)))
            if let failure = spool.append(kept) { return .spool(failure.text) }
            produced += kept.count
            if kept.count < bytes.count { return .bytes }
            if produced > 16 << 20, produced / max(1, consumed) > limits.ratio { return .ratio }
            return limits.isExpired() ? .time : nil
        }
    }

    /// A chunk of output memory that lives for one call.
    static func withChunk<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Result) -> Result {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: chunk)
        defer { buffer.deallocate() }
        return body(buffer)
    }
}

extension Decompressor {
    typealias Result = (Int, DecompressionStop?)

    private static func inflating(_ input: UnsafeBufferPointer<UInt8>, windowBits: Int32, _ meter: Meter) -> Result {
        var stream = z_stream()
        guard cordon_inflate_init(&stream, windowBits) == Z_OK else { return (0, .corrupt("zlib does not start")) }
        defer { inflateEnd(&stream) }
        var fed = 0
        return withChunk { output in
            while true {
                if stream.avail_in == 0 {
                    let count = min(input.count - fed, 1 << 30)
                    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + fed)
                    stream.avail_in = UInt32(count)
                    fed += count
                }
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                let produced = output.count - Int(stream.avail_out)
                let consumed = fed - Int(stream.avail_in)
                if let stop = meter.take(.init(start: output.baseAddress, count: produced), consumed: consumed) {
                    return (consumed, stop)
                }
                switch status {
                case Z_STREAM_END:
                    // Another gzip member may follow; anything else is trailing data.
                    let more = input.count - consumed >= 2 && windowBits > 15 && input[consumed] == 0x1F
                    guard more, input[consumed + 1] == 0x8B, inflateReset(&stream) == Z_OK else {
                        return (consumed, nil)
                    }
                case Z_OK: continue
                case Z_BUF_ERROR where consumed < input.count: continue
                case Z_BUF_ERROR: return (consumed, .corrupt("ends early"))
                default: return (consumed, .corrupt(stream.msg.map { String(cString: $0) } ?? "error \(status)"))
                }
            }
        }
    }

    private static func bunzipping(_ input: UnsafeBufferPointer<UInt8>, _ meter: Meter) -> Result {
        var stream = bz_stream()
        guard BZ2_bzDecompressInit(&stream, 0, 0) == BZ_OK else { return (0, .corrupt("bzip2 does not start")) }
        defer { BZ2_bzDecompressEnd(&stream) }
        var fed = 0
        return withChunk { output in
            while true {
                if stream.avail_in == 0 {
                    let count = min(input.count - fed, 1 << 30)
                    stream.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress! + fed)
                        .assumingMemoryBound(to: CChar.self)
                    stream.avail_in = UInt32(count)
                    fed += count
                }
                stream.next_out = UnsafeMutableRawPointer(output.baseAddress!).assumingMemoryBound(to: CChar.self)
                stream.avail_out = UInt32(output.count)
                let before = (stream.avail_in, stream.avail_out)
                let status = BZ2_bzDecompress(&stream)
                let produced = output.count - Int(stream.avail_out)
                let consumed = fed - Int(stream.avail_in)
                if let stop = meter.take(.init(start: output.baseAddress, count: produced), consumed: consumed) {
                    return (consumed, stop)
                }
                switch status {
                case BZ_STREAM_END:
                    let next = UnsafeBufferPointer(rebasing: input[consumed...])
                    guard next.count > 3, next[0] == 0x42, next[1] == 0x5A, next[2] == 0x68 else {
                        return (consumed, nil)
                    }
                    BZ2_bzDecompressEnd(&stream)
                    stream = bz_stream()
                    guard BZ2_bzDecompressInit(&stream, 0, 0) == BZ_OK else { return (consumed, nil) }
                    fed = consumed
                case BZ_OK where (stream.avail_in, stream.avail_out) != before: continue
                case BZ_OK: return (consumed, .corrupt("ends early"))
                default: return (consumed, .corrupt("damaged block"))
                }
            }
        }
    }

    private static func unlzma(
        _ input: UnsafeBufferPointer<UInt8>, _ compression: Compression, _ meter: Meter
    ) -> Result {
        let memoryLimit: UInt64 = 256 << 20
        var stream = cordon_lzma_stream()
        var skipped = 0
        let status: lzma_ret
        switch compression {
        case .xz: status = lzma_stream_decoder(&stream, memoryLimit, cordon_lzma_concatenated)
        case .lzma: status = lzma_alone_decoder(&stream, memoryLimit)
        default:
            guard let properties = zipProperties(input) else { return (0, .corrupt("no LZMA properties")) }
            skipped = properties.length
            status = startRaw(&stream, properties.bytes, memoryLimit)
        }
        guard status == LZMA_OK else { return (0, .corrupt("lzma does not start")) }
        defer { lzma_end(&stream) }
        return pump(&stream, input, from: skipped, endsQuietly: compression == .zipLZMA, meter)
    }

    /// Feeds a decoder of liblzma.
    ///
    /// - Parameter endsQuietly: whether the stream may end where the input does.
    private static func pump(
        _ stream: inout lzma_stream, _ input: UnsafeBufferPointer<UInt8>, from start: Int, endsQuietly: Bool,
        _ meter: Meter
    ) -> Result {
        stream.next_in = input.baseAddress! + start
        stream.avail_in = input.count - start
        return withChunk { output in
            while true {
                stream.next_out = output.baseAddress
                stream.avail_out = output.count
                let status = lzma_code(&stream, stream.avail_in == 0 ? LZMA_FINISH : LZMA_RUN)
                let consumed = input.count - stream.avail_in
                let produced = output.count - stream.avail_out
                if let stop = meter.take(.init(start: output.baseAddress, count: produced), consumed: consumed) {
                    return (consumed, stop)
                }
                switch status {
                case LZMA_STREAM_END: return (consumed, nil)
                case LZMA_OK: continue
                // With LZMA_CONCATENATED whatever follows the last stream is a format error.
                case LZMA_FORMAT_ERROR where consumed > 12: return (consumed, nil)
                case LZMA_BUF_ERROR: return (consumed, endsQuietly ? nil : .corrupt("ends early"))
                case LZMA_MEMLIMIT_ERROR: return (consumed, .corrupt("asks for more than 256 MiB of dictionary"))
                default: return (consumed, .corrupt("damaged stream"))
                }
            }
        }
    }

    /// The property bytes of LZMA in zip: two version bytes, a length, the properties.
    private static func zipProperties(_ input: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], length: Int)? {
        guard input.count > 9, input[2] == 5, input[3] == 0 else { return nil }
        return (Array(input[4..<9]), 9)
    }

    private static func startRaw(_ stream: inout lzma_stream, _ properties: [UInt8], _ limit: UInt64) -> lzma_ret {
        var filters = [
            lzma_filter(id: cordon_lzma_filter_lzma1, options: nil),
            lzma_filter(id: cordon_lzma_filter_end, options: nil),
        ]
        let decoded = lzma_properties_decode(&filters[0], nil, properties, properties.count)
        guard decoded == LZMA_OK else { return decoded }
        defer { free(filters[0].options) }
        guard lzma_raw_decoder_memusage(filters) <= limit else { return LZMA_MEMLIMIT_ERROR }
        return lzma_raw_decoder(&stream, filters)
    }

    private static func unzstd(_ input: UnsafeBufferPointer<UInt8>, _ meter: Meter) -> Result {
        guard let stream = ZSTD_createDStream() else { return (0, .corrupt("zstd does not start")) }
        defer { ZSTD_freeDStream(stream) }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        return withChunk { chunk in
            while true {
                var output = ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
                let before = source.pos
                let status = ZSTD_decompressStream(stream, &output, &source)
                if let stop = meter.take(.init(start: chunk.baseAddress, count: output.pos), consumed: source.pos) {
                    return (source.pos, stop)
                }
                if ZSTD_isError(status) != 0 {
                    return (source.pos, .corrupt(String(cString: ZSTD_getErrorName(status))))
                }
                if status == 0 {
                    let next = UnsafeBufferPointer(rebasing: input[source.pos...])
                    guard next.count >= 4, next[1] == 0xB5 || next[1] == 0x2A, next[2] == 0x2F || next[2] == 0x4D else {
                        return (source.pos, nil)
                    }
                } else if source.pos == before, output.pos == 0 {
                    return (source.pos, .corrupt("ends early"))
                }
            }
        }
    }

    private static func unlz4(_ input: UnsafeBufferPointer<UInt8>, _ meter: Meter) -> Result {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
            return (0, .corrupt("lz4 does not start"))
        }
        defer { LZ4F_freeDecompressionContext(context) }
        var position = 0
        return withChunk { chunk in
            while true {
                var produced = chunk.count
                var used = input.count - position
                let status = LZ4F_decompress(
                    context, chunk.baseAddress, &produced, input.baseAddress! + position, &used, nil)
                if LZ4F_isError(status) != 0 {
                    return (position, .corrupt(String(cString: LZ4F_getErrorName(status))))
                }
                position += used
                if let stop = meter.take(.init(start: chunk.baseAddress, count: produced), consumed: position) {
                    return (position, stop)
                }
                if status == 0 {
                    let next = UnsafeBufferPointer(rebasing: input[position...])
                    guard next.count >= 4, next[0] == 0x04, next[1] == 0x22, next[2] == 0x4D else {
                        return (position, nil)
                    }
                } else if used == 0, produced == 0 {
                    return (position, .corrupt("ends early"))
                }
            }
        }
    }
}

/// A chain of liblzma's filters for raw streams.
private struct RawFilters {
    private let chain: [(id: lzma_vli, properties: [UInt8])]
    private let size: Int

    /// - Parameter chain: 7z's methods in the order of decoding; `nil` when one is not liblzma's.
    init?(_ chain: [(id: [UInt8], properties: [UInt8])], size: Int) {
        var found: [(lzma_vli, [UInt8])] = []
        // liblzma wants the order of encoding.
        for (id, properties) in chain.reversed() {
            guard let known = Self.ids[id] else { return nil }
            found.append((known, properties))
        }
        guard (1...4).contains(found.count) else { return nil }
        self.chain = found
        self.size = size
    }

    private static let ids: [[UInt8]: lzma_vli] = [
        [3, 1, 1]: cordon_lzma_filter_lzma1_sized, [0x21]: cordon_lzma_filter_lzma2, [3]: cordon_lzma_filter_delta,
        [4]: cordon_lzma_filter_x86, [3, 3, 1, 3]: cordon_lzma_filter_x86, [5]: cordon_lzma_filter_powerpc,
        [3, 3, 2, 5]: cordon_lzma_filter_powerpc, [6]: cordon_lzma_filter_ia64, [3, 3, 4, 1]: cordon_lzma_filter_ia64,
        [7]: cordon_lzma_filter_arm, [3, 3, 5, 1]: cordon_lzma_filter_arm, [8]: cordon_lzma_filter_armthumb,
        [3, 3, 7, 1]: cordon_lzma_filter_armthumb, [9]: cordon_lzma_filter_sparc,
        [3, 3, 8, 5]: cordon_lzma_filter_sparc,
        [0xA]: cordon_lzma_filter_arm64,
    ]

    func start(_ stream: inout lzma_stream, limit: UInt64) -> lzma_ret {
        var filters = chain.map { lzma_filter(id: $0.id, options: nil) }
        filters.append(lzma_filter(id: cordon_lzma_filter_end, options: nil))
        defer { for filter in filters { free(filter.options) } }
        for (index, entry) in chain.enumerated() {
            let decoded = lzma_properties_decode(&filters[index], nil, entry.properties, entry.properties.count)
            guard decoded == LZMA_OK else { return decoded }
            if entry.id == cordon_lzma_filter_lzma1_sized, let options = filters[index].options {
                let typed = options.assumingMemoryBound(to: lzma_options_lzma.self)
                // The size tells the end; a mark at the end is allowed too.
                typed.pointee.ext_flags = 1
                typed.pointee.ext_size_low = UInt32(truncatingIfNeeded: size)
                typed.pointee.ext_size_high = UInt32(truncatingIfNeeded: size >> 32)
            }
        }
        guard lzma_raw_decoder_memusage(filters) <= limit else { return LZMA_MEMLIMIT_ERROR }
        return lzma_raw_decoder(&stream, filters)
    }
}
