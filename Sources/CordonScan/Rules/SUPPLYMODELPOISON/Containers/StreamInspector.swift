internal import CordonCore
internal import CordonFormats

/// Compressed streams, such as joblib writes them: decompressed within the limits, then inspected like a file.
enum StreamInspector {
    static func inspect(_ view: ByteView, _ format: FileFormat, at spot: Spot, in inspection: Inspection) {
        guard !inspection.isTooDeep(spot), let compression = Compression(rawValue: format.rawValue) else { return }
        let result = inspection.decompress(compression, view, at: spot)
        if result.view.count == 0, result.stop != nil {
            // Two bytes of zlib header turn up in raw data; without output this is not a stream.
            HiddenPickles.search(view, from: 0, at: spot, in: inspection)
            return
        }
        inspection.inspectPart(result.view, at: spot.inside(format.rawValue))
        let rest = view.suffix(from: result.consumed)
        if result.stop == nil, rest.count > 0, !rest.isPadding {
            inspection.report(
                Rules.streamTrailing, at: spot.offset(result.consumed), "\(rest.count) bytes after the stream",
                subject: "trailing")
            inspection.inspectLeftover(rest, offset: result.consumed, at: spot)
        }
    }
}
