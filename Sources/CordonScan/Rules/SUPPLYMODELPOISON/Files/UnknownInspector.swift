internal import CordonCore
internal import CordonFormats

/// Content that nothing recognised: searched for pickles, reported as not evaluated.
enum UnknownInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        inspection.skipped("\(spot.prefix)not recognised")
        if view.count <= 256 << 20, view.withSpan({ KerasInspector.namesLambda($0) }) {
            inspection.report(
                Rules.kerasLambda, at: spot.offset(0), "Keras metadata names a Lambda layer", subject: "Lambda",
                confidence: .medium)
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 0, at: spot, in: inspection)
    }
}
