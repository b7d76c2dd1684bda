internal import CordonCore
internal import CordonFormats

/// Compressed streams, such as joblib writes them: decompressed within the limits, then inspected like a file.
enum StreamInspector {
    /// Endings that are put behind the content's own.
    private static let endings: Set<String> = ["gz", "gzip", "bz2", "xz", "lzma", "zst", "zstd", "lz4", "z"]

    static func inspect(_ view: ByteView, _ format: FileFormat, at spot: Spot, in inspection: Inspection) {
        guard !inspection.isTooDeep(spot), let compression = Compression(rawValue: format.rawValue) else { return }
        // The last four bytes of a gzip member are its size modulo 2³² (RFC 1952, section 2.3.1).
        let stated = compression == .gzip ? view.withSpan { $0.littleEndian(at: view.count - 4, as: UInt32.self) } : nil
        let result = inspection.decompress(
            compression, view, at: spot, stated: stated.map { .init(member: Int($0), total: Int($0)) })
        if result.view.count == 0, result.stop != nil {
            // Two bytes of zlib header turn up in raw data; without output this is not a stream.
            HiddenPickles.search(view, from: 0, at: spot, in: inspection)
            return
        }
        var inner = spot.inside(format.rawValue)
        let name = spot.name ?? inspection.path.name
        if endings.contains(name.pathExtension) {
            inner.name = AssetPath(String(name.display.dropLast(name.pathExtension.count + 1)))
        }
        inspection.inspectPart(result.view, at: inner)
        let rest = view.suffix(from: result.consumed)
        if result.stop == nil, rest.count > 0, !rest.isPadding {
            inspection.report(
                Rules.streamTrailing, at: spot.offset(result.consumed), "\(rest.count) bytes after the stream",
                subject: "trailing")
            inspection.inspectLeftover(rest, offset: result.consumed, at: spot)
        }
    }
}
