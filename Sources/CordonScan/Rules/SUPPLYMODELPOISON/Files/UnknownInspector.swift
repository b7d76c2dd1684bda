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
        if let stated = view.withSpan({
            $0.hasBytes([0x0C, 0xDB, 0x3A, 0x2A]) ? $0.littleEndian(at: 4, as: UInt64.self) : nil
        }),
            stated != UInt64(view.count)
        {
            // TensorStore, "OCDBT": the manifest's length stands behind its magic.
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(4), "an OCDBT manifest of \(view.count) bytes states \(stated)",
                subject: "manifest length")
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 0, at: spot, in: inspection)
    }
}
