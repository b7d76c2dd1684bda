internal import CordonCore
internal import CordonFormats

/// Pipelines put together from parts: Diffusers' `model_index.json` and Sentence Transformers' `modules.json`.
///
/// Source: Diffusers documentation, "Community and custom pipelines"; Sentence Transformers, "Custom models".
enum PipelineConfig {
    static func inspect(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        if root["_class_name"] != nil,
            root["_diffusers_version"] != nil || root.members.contains(where: { isPair($0.value) })
        {
            for (key, value) in root.members where isPair(value) {
                part(value.elements[0].string ?? "", key, value, at: spot, in: inspection)
            }
        }
        for entry in root.elements {
            guard let type = entry["type"]?.string, entry["idx"] != nil || entry["path"] != nil else { continue }
            part(type, "type", entry, at: spot, in: inspection)
            if let path = entry["path"]?.string {
                JSONInspector.reportElsewhere(
                    "path", path, at: spot.element("path", offset: entry.offset), in: inspection)
            }
        }
    }

    /// `[module, class]`.
    private static func isPair(_ value: JSONValue) -> Bool {
        let elements = value.elements
        return elements.count == 2 && elements[0].string != nil && elements[1].string != nil
    }

    private static func part(
        _ module: String, _ key: String, _ value: JSONValue, at spot: Spot, in inspection: Inspection
    ) {
        library(module, key, at: spot.element(key, offset: value.offset), in: inspection)
    }

    /// Reports a module that a pipeline or adapter imports, unless it is one of the known libraries.
    static func library(_ module: String, _ key: String, at place: Place, in inspection: Inspection) {
        let top = module.split { $0 == "." || $0 == "/" }.first.map(String.init) ?? ""
        if known.contains(top), !module.contains("/") { return }
        let shown = PrintableText.quoting(module, limit: 120)
        let isForeign = module.contains("--") || module.contains("/") || PythonStandardLibrary.contains(top)
        inspection.report(
            Rules.pipelineModule, at: place, "'\(PrintableText.quoting(key))' comes from '\(shown)'", subject: module,
            severity: isForeign ? .high : .medium)
    }

    private static let known: Set<String> = [
        "diffusers", "transformers", "sentence_transformers", "onnxruntime", "optimum", "flax", "stable_diffusion",
        "k_diffusion",
        "accelerate", "peft", "tokenizers", "open_clip", "timm", "torch", "kandinsky", "stable_audio_tools", "null",
        "pipelines",
        "kolors", "audioldm2", "deepfloyd_if", "wuerstchen", "latent_diffusion", "unidiffuser", "paint_by_example",
        "shap_e", "hunyuandit",
    ]
}
