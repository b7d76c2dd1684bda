internal import CordonCore
internal import CordonFormats

/// TensorFlow Lite models: custom and Flex operators.
enum TFLiteInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let model = view.withSpan { TFLiteModel.read($0) }
        if let failure = model.failure {
            inspection.report(Rules.tfliteMalformed, at: spot.offset(0), failure, subject: "structure")
            inspection.skipped("\(spot.prefix)TensorFlow Lite operators: \(failure)")
        }
        for name in model.customOperators {
            let shown = PrintableText.quoting(name, limit: 80)
            if name.hasPrefix("Flex"), let rule = TensorFlowInspector.rule(for: String(name.dropFirst(4))) {
                inspection.report(rule, at: spot.element(name), "the Flex operator \(shown)", subject: name)
            } else {
                inspection.report(Rules.tfliteCustom, at: spot.element(name), "the operator \(shown)", subject: name)
            }
        }
    }
}
