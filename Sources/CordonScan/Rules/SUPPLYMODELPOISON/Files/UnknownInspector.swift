internal import CordonCore
internal import CordonFormats

/// Content that nothing recognised: searched for pickles, reported as not evaluated.
enum UnknownInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        inspection.skipped("\(spot.prefix)not recognised")
        HiddenPickles.search(view, from: 0, at: spot, in: inspection)
    }
}
