internal import CordonCore
internal import CordonFormats

/// ONNX models: what they read from outside, and which operators they need.
enum ONNXInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard let model = view.withSpan({ ONNXModel.read($0) }) else { return }
        for item in model.external { checkExternal(item, at: spot, in: inspection) }
        checkOperators(model, at: spot, in: inspection)
        for (tensor, offset, detail) in model.sizeMismatches {
            inspection.report(
                Rules.onnxSize, at: spot.element(tensor, offset: offset),
                "'\(PrintableText.quoting(tensor))': \(detail)",
                subject: tensor)
        }
        for (key, value) in model.metadata {
            EmbeddedText.inspect(value, key: key, at: spot.inside("metadata_props.\(key)"), in: inspection)
        }
        for function in model.recursiveFunctions {
            inspection.report(
                Rules.onnxMalformed, at: spot.element(function.type), "the function \(function.type) calls itself",
                subject: function.type)
        }
        if model.isMalformed || model.isTooDeep || !model.hasOpset {
            let reason =
                !model.isMalformed && !model.isTooDeep
                ? "no operator set is named: the end of the file may be missing"
                : model.isTooDeep ? "subgraphs nested deeper than 32" : "a message does not parse"
            inspection.report(Rules.onnxMalformed, at: spot.offset(0), reason, subject: reason)
            inspection.skipped("\(spot.prefix)part of the ONNX model: \(reason)")
        }
    }

    private static func checkExternal(_ item: ONNXExternalData, at spot: Spot, in inspection: Inspection) {
        let location = PrintableText.quoting(item.location, limit: 160)
        checkSettings(item, at: spot, in: inspection)
        let reason = MemberPath.escape(Array(item.location.utf8)) ?? remote(item.location)
        guard let reason else { return }
        inspection.report(
            Rules.onnxExternal, at: spot.element(item.tensor, offset: item.offset), "reads '\(location)': \(reason)",
            subject: item.location)
    }

    private static func remote(_ location: String) -> String? {
        if location.hasPrefix("~") { return "somebody's home folder" }
        return location.contains("://") ? "a network address" : nil
    }

    private static func checkSettings(_ item: ONNXExternalData, at spot: Spot, in inspection: Inspection) {
        for (key, value) in item.settings.sorted(by: { $0.key < $1.key }) {
            let isNumber = key == "offset" || key == "length"
            if ["checksum", "basepath"].contains(key) || (isNumber && UInt64(value).map { $0 < 1 << 62 } == true) {
                continue
            }
            inspection.report(
                Rules.onnxExternalSettings, at: spot.element(item.tensor, offset: item.offset),
                "the setting '\(PrintableText.quoting(key, limit: 60))' is '\(PrintableText.quoting(value, limit: 60))'",
                subject: key)
        }
    }

    private static func checkOperators(_ model: ONNXModel, at spot: Spot, in inspection: Inspection) {
        let local = Set(model.functions)
        for (key, use) in model.operators.sorted(by: { $0.value.offset < $1.value.offset }) {
            let name = key.domain.isEmpty ? key.type : "\(key.domain).\(key.type)"
            let place = spot.element(use.node, offset: use.offset)
            if let detail = script(key, use) {
                inspection.report(Rules.onnxScript, at: place, "the operator \(name) \(detail)", subject: name)
            } else if let path = pathAttribute(use) {
                inspection.report(
                    Rules.onnxExternal, at: place, "the operator \(name) names the file '\(path)'", subject: name + path
                )
            } else if isForeignStandard(key), !local.contains(key) {
                inspection.report(
                    Rules.onnxCustom, at: place,
                    "the operator \(PrintableText.quoting(name, limit: 80)) is not one of the standard's",
                    subject: name)
            } else if !knownDomains.contains(key.domain), !local.contains(key),
                !local.contains(where: { $0.domain == key.domain })
            {
                inspection.report(
                    Rules.onnxCustom, at: place, "the operator \(name), \(use.count) times", subject: key.domain)
            }
        }
        for function in model.functions where function.domain.isEmpty || function.domain == "ai.onnx" {
            inspection.report(
                Rules.onnxShadow, at: spot.element(function.type),
                "a function named \(function.type) in the standard domain",
                subject: function.type)
        }
    }

    /// An operator under the standard's name that the standard does not have; earlier experimental ones are tolerated.
    private static func isForeignStandard(_ key: ONNXOperator) -> Bool {
        let isStandard = ["", "ai.onnx", "ai.onnx.ml"].contains(key.domain)
        let experimental: Set<String> = [
            "ATen", "Affine", "Crop", "DynamicSlice", "GRUUnit", "GivenTensorFill", "ImageScaler", "ParametricSoftplus",
            "Scale", "ScaledTanh", "FusedConv", "LayerNormalization", "SimplifiedLayerNormalization", "ConstantFill",
            "MemcpyFromHost", "MemcpyToHost",
        ]
        return isStandard && !ONNXOperators.names.contains(Substring(key.type)) && !experimental.contains(key.type)
    }

    /// Operators that run Python or load compiled engines.
    private static func script(_ key: ONNXOperator, _ use: ONNXOperatorUse) -> String? {
        let type = key.type.lowercased()
        if ["pyop", "pythonop", "pythonopgrad", "pycustomop", "pyfunc"].contains(type)
            || key.domain.lowercased().contains("pyop")
        {
            return "calls back into Python"
        }
        let isLibrary = use.strings.contains { _, value in
            [".so", ".dll", ".dylib"].contains { value.hasSuffix($0) }
        }
        return isLibrary ? "names a native library" : nil
    }

    /// An attribute that is a path out of the folder, such as an EPContext cache.
    private static func pathAttribute(_ use: ONNXOperatorUse) -> String? {
        for (name, value) in use.strings {
            let lower = name.lowercased()
            let isPath = ["path", "file", "cache_context", "location", "library"].contains { lower.contains($0) }
            if isPath, value.utf8.count < 512, MemberPath.escape(Array(value.utf8)) != nil || value.contains("://") {
                return PrintableText.quoting(value, limit: 120)
            }
        }
        return nil
    }

    /// Domains of the standard, of ONNX Runtime and of the common exporters.
    private static let knownDomains: Set<String> = [
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "ai.onnx.preview", "com.microsoft",
        "com.microsoft.nchwc", "com.microsoft.experimental", "com.ms.internal.nhwc",
        "pkg.onnxscript.torch_lib", "pkg.onnxscript.torch_lib.common", "pkg.torch",
    ]
}
