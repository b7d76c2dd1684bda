internal import CordonCore
internal import CordonFormats

/// The configuration of Keras models, from `.keras` archives, HDF5 attributes and JSON files.
///
/// Source: Keras 3 `keras/src/saving/serialization_lib.py` (`module`, `class_name`, `config`, `registered_name`), Keras 2
/// `layers/core/lambda_layer.py`.
struct KerasInspector {
    private let spot: Spot
    private let inspection: Inspection
    private let isLegacy: Bool

    /// Whether a JSON object looks like a serialised Keras object.
    static func matches(_ root: JSONValue) -> Bool {
        root["class_name"]?.string != nil && (root["config"] != nil || root["module"] != nil)
    }

    /// Whether bytes mention a Lambda layer as Keras metadata writes it.
    static func namesLambda(_ bytes: RawSpan) -> Bool {
        ["\"class_name\": \"Lambda\"", "\"class_name\":\"Lambda\""].contains {
            bytes.firstRange(of: Array($0.utf8), from: 0, to: bytes.byteCount) != nil
        }
    }

    static func inspect(_ root: JSONValue, isLegacy: Bool = false, at spot: Spot, in inspection: Inspection) {
        let inspector = KerasInspector(spot: spot, inspection: inspection, isLegacy: isLegacy)
        var queue: [(value: JSONValue, path: String)] = [(root, "")]
        var visited = 0
        while let (value, path) = queue.popLast(), visited < 1_000_000 {
            visited += 1
            if value.isObject {
                inspector.check(value, path)
                for (key, child) in value.members {
                    inspector.check(key, child, path)
                    if child.isObject || child.isArray { queue.append((child, path + "/" + key)) }
                }
            } else {
                for (index, child) in value.elements.enumerated() where child.isObject || child.isArray {
                    queue.append((child, "\(path)/\(index)"))
                }
            }
        }
    }

    private func place(_ path: String, _ value: JSONValue) -> Place {
        spot.element(path.isEmpty ? "/" : path, offset: value.offset)
    }

    /// One serialised object.
    private func check(_ value: JSONValue, _ path: String) {
        guard let className = value["class_name"]?.string else { return }
        // The code object inside a Lambda layer is part of that layer.
        if className == "__lambda__", path.hasSuffix("/config/function") { return }
        let registeredLambda =
            value["registered_name"]?.string.map { $0 == "Lambda" || $0.hasSuffix(">Lambda") } ?? false
        if className == "Lambda" || className == "__lambda__" || registeredLambda {
            inspection.report(
                Rules.kerasLambda, at: place(path, value), "a \(className) object with code of its own",
                subject: className + path)
        }
        let module = value["module"]?.string
        let function = className == "function" ? value["config"]?.string : nil
        if let module, !Self.isKeras(module) {
            inspection.report(
                Rules.kerasModule, at: place(path, value), "imports \(module) for '\(function ?? className)'",
                subject: module + "." + (function ?? className))
        } else if let module, let name = function ?? Optional(className), Self.isGadget(module, name) {
            inspection.report(
                Rules.kerasGadget, at: place(path, value), "uses \(module).\(name)", subject: module + "." + name)
        } else if module == nil, let function, function.contains(".") || Self.builtins.contains(function) {
            inspection.report(
                Rules.kerasModule, at: place(path, value), "names the function '\(function)'", subject: function)
        }
        if let registered = value["registered_name"]?.string, registered.contains(">"), !Self.isKerasPackage(registered)
        {
            inspection.report(
                Rules.kerasCustom, at: place(path, value), "the registered name '\(registered)'", subject: registered)
        }
    }

    /// Single settings that are dangerous wherever they stand.
    private func check(_ key: String, _ value: JSONValue, _ path: String) {
        guard let text = value.string else {
            if key == "function" || key == "output_shape" || key == "mask", isCode(value) {
                inspection.report(
                    Rules.kerasLambda, at: place(path + "/" + key, value), "marshalled bytecode", subject: "code" + path
                )
            }
            return
        }
        let pathKeys = [
            "vocabulary", "filepath", "file_path", "path", "filename", "cache_dir", "origin", "url",
            "embeddings_initializer_path", "idf_weights", "weights", "merges", "vocabulary_file", "proto",
        ]
        if pathKeys.contains(key), looksLikePath(text) {
            inspection.report(
                Rules.kerasGadget, at: place(path + "/" + key, value),
                "'\(key)' reads '\(PrintableText.quoting(text))'",
                subject: key + text)
        }
        if key == "module", isLegacy, !Self.isKeras(text) {
            inspection.report(Rules.kerasModule, at: place(path, value), "imports \(text)", subject: text + path)
        }
    }

    /// `[base64 bytecode, defaults, closure]`, as Keras 2 writes a lambda.
    private func isCode(_ value: JSONValue) -> Bool {
        guard let first = value.elements.first?.string else { return false }
        return first.utf8.count >= 16
    }

    private func looksLikePath(_ text: String) -> Bool {
        MemberPath.escape(Array(text.utf8)) != nil || text.contains("://")
            || (text.contains("/") && text.utf8.count < 1024)
    }

    private static func isKeras(_ module: String) -> Bool {
        let top = module.prefix { $0 != "." }
        let tops: Set<Substring> = ["keras", "keras_nlp", "keras_cv", "keras_hub", "tf_keras", "keras_core"]
        return tops.contains(top) || module.hasPrefix("tensorflow.keras") || module.hasPrefix("tensorflow.python.keras")
    }

    private static func isKerasPackage(_ name: String) -> Bool {
        ["Keras>", "keras>", "keras_nlp>", "keras_hub>", "keras_cv>", "KerasCV>", "Addons>"].contains {
            name.hasPrefix($0)
        }
    }

    /// Helpers inside Keras that fetch, unpack, deserialise or enable unsafe loading.
    private static func isGadget(_ module: String, _ name: String) -> Bool {
        let parts = module.split(separator: ".")
        let isTool = parts.contains {
            ["utils", "saving", "backend", "legacy", "datasets", "export", "testing", "visualization"].contains($0)
        }
        let isClass = name.first?.isUppercase ?? false
        return gadgets.contains(name) || (isTool && !isClass && !harmless.contains(name))
    }

    private static let gadgets: Set<String> = [
        "get_file", "load_model", "load_weights", "enable_unsafe_deserialization", "deserialize_keras_object",
        "func_load",
        "func_dump", "model_from_json", "model_from_config", "extract_archive", "image_dataset_from_directory",
        "text_dataset_from_directory", "audio_dataset_from_directory", "save_model", "save_weights", "load_img",
        "save_img",
        "run_tf_function", "custom_object_scope", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer",
        "PyDataset",
        "plot_model", "pad_sequences_from_file", "deserialize", "from_config",
    ]
    private static let harmless: Set<String> = [
        "softmax", "relu", "linear", "to_categorical", "normalize", "cast", "mean",
    ]
    private static let builtins: Set<String> = [
        "eval", "exec", "compile", "open", "__import__", "getattr", "system", "popen",
    ]
}
