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
                let isKnown = known.contains(name) || name.hasPrefix("Flex")
                inspection.report(
                    Rules.tfliteCustom, at: spot.element(name), "the operator \(shown)", subject: name,
                    severity: isKnown ? .low : .medium)
            }
        }
    }

    /// Custom operators that TensorFlow Lite or MediaPipe themselves provide.
    private static let known: Set<String> = [
        "TFLite_Detection_PostProcess", "Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D",
        "TransformTensorBilinear", "TransformLandmarks", "Landmarks2TransformMatrix", "Mfcc", "AudioSpectrogram",
        "NumericVerify",
        "AvgPool3D", "MaxPool3D", "MultinomialV2", "RandomStandardNormal", "Roll", "NGrams", "SentencepieceTokenizeOp",
        "TFSentencepieceTokenizeOp", "aten::affine_grid", "odml.rms_norm", "KmeansEmbeddingLookup", "RunTFLite",
        "FusedConv2DBiasActivation", "edgetpu-custom-op", "ReduceWindowTFL", "Irfft2D", "RFFT2D", "TensorListReserve",
    ]
}
