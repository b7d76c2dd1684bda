internal import CordonCore
internal import CordonFormats

/// Judges a dotted name that a configuration tells a program to call.
enum ConfigTarget {
    /// Keys that some frameworks use for the same purpose and others for something harmless: only dangers count.
    static let possibleKeys: Set<String> = [
        "target", "class_path", "callable", "func", "function", "factory", "entry_point", "cls", "_fn_", "_call_",
        "type",
        "module", "handler", "builder", "_type_", "python_class", "import_path", "activation_fn", "activation_function",
        "default_activation_function", "act_fn",
    ]

    /// Judges the value of a key that may name something to call.
    static func checkPossible(_ target: String, at place: Place, in inspection: Inspection) {
        let isPath = target.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
                || byte == 0x2E || byte == 0x3A
        }
        guard target.utf8.count < 512, isPath, target.contains(".") || target.contains(":"),
            let reason = danger(target.replacingColons.split(separator: ".")), reason != PickleDangers.general
        else { return }
        inspection.report(
            Rules.hydraDangerous, at: place, "names \(PrintableText.quoting(target, limit: 120)), which \(reason)",
            subject: target, severity: .high, confidence: .medium)
    }

    /// Judges a value that begins with `$`, which MONAI evaluates as Python.
    static func checkExpression(_ text: String, at place: Place, in inspection: Inspection) {
        guard text.hasPrefix("$"), text.utf8.count < 65536 else { return }
        if text.hasPrefix("${") {
            let evaluates = ["${eval:", "${python:", "${exec:"].contains { text.hasPrefix($0) }
            if evaluates {
                inspection.report(
                    Rules.hydraUnknown, at: place, "a resolver evaluates '\(PrintableText.quoting(text, limit: 100))'",
                    subject: text, severity: .medium)
            }
            return
        }
        if isAssignment(text.dropFirst()) || isIcon(text) { return }
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        let dangerous = words.first { word in
            [
                "__import__", "import", "eval", "exec", "compile", "open", "getattr", "system", "popen", "subprocess",
                "os", "sys",
            ].contains(word)
        }
        guard let dangerous else { return }
        inspection.report(
            Rules.hydraDangerous, at: place, "evaluates '\(PrintableText.quoting(text, limit: 100))' ('\(dangerous)')",
            subject: text)
    }

    /// Whether a statement of PowerShell or PHP begins here: a name and `=`, which is no expression of Python's.
    private static func isAssignment(_ text: Substring) -> Bool {
        let rest = text.drop { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" || $0 == "." }
        let sign = rest.drop { $0 == " " }
        return rest.startIndex > text.startIndex && sign.first == "=" && sign.dropFirst().first != "="
    }

    /// Whether it names an icon as extensions of editors do: `$(open-preview)`, in Python a difference of two names.
    private static func isIcon(_ text: String) -> Bool {
        text.hasPrefix("$(") && text.hasSuffix(")") && text.contains("-")
            && text.dropFirst(2).dropLast().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    static func check(_ target: String, at place: Place, in inspection: Inspection) {
        let shown = PrintableText.quoting(target, limit: 120)
        if target.contains("${") {
            return inspection.report(
                Rules.hydraUnknown, at: place, "calls '\(shown)', which is put together at run time", subject: target,
                severity: .medium)
        }
        let parts = target.replacingColons.split(separator: ".")
        if let reason = danger(parts) {
            return inspection.report(
                Rules.hydraDangerous, at: place, "calls \(shown), which \(reason)", subject: target)
        }
        if callMakers.contains(target) {
            return inspection.report(
                Rules.hydraUnknown, at: place, "calls \(shown), which makes calls out of the values beside it",
                subject: target, severity: .medium, confidence: .low)
        }
        let top = String(parts.first ?? "")
        if PythonStandardLibrary.contains(top), !harmless.contains(top) {
            return inspection.report(
                Rules.hydraDangerous, at: place, "calls \(shown) of Python's own library", subject: target,
                severity: .medium)
        }
        inspection.report(Rules.hydraUnknown, at: place, "calls \(shown)", subject: "targets")
    }

    /// A module that a program imports and hands a path to, as MLflow's `loader_module`.
    static func checkModule(_ module: String, at place: Place, in inspection: Inspection) {
        let top = module.split(separator: ".").first.map(String.init) ?? ""
        if top == "mlflow" || top.isEmpty { return }
        let reason = danger([Substring(module), "load"]) ?? danger(module.split(separator: ".") + ["load"])
        inspection.report(
            reason == nil ? Rules.hydraUnknown : Rules.hydraDangerous, at: place,
            "imports \(PrintableText.quoting(module, limit: 120))" + (reason.map { ", which \($0)" } ?? ""),
            subject: module,
            severity: reason == nil ? .medium : .critical)
    }

    /// The reason of the first split into module and name that is known to be dangerous.
    private static func danger(_ parts: [Substring]) -> String? {
        guard !parts.isEmpty else { return nil }
        if parts.count == 1, let name = parts.first {
            return PickleDangers.reason(module: "builtins", name: String(name))
        }
        if let function = parts.last, function.first?.isLowercase ?? false,
            PickleDangers.torchSubsystems.contains(where: { parts.joined(separator: ".").hasPrefix($0 + ".") }),
            !parts.joined(separator: ".").hasPrefix("torch.utils.data.")
        {
            return "belongs to PyTorch's compilers and tools"
        }
        for index in 1..<parts.count {
            let module = parts[..<index].joined(separator: ".")
            let name = parts[index...].joined(separator: ".")
            if PickleAllowList.shared.exactUses(module: module, name: name).contains(.called) { continue }
            if let reason = PickleDangers.reason(module: PicklePolicy.canonical(module), name: name) { return reason }
            // A walk such as `hydra.utils.builtins.exec`.
            if index > 1, let last = parts[..<index].last, PickleDangers.reachedModules.contains(last),
                let reason = PickleDangers.reason(module: String(last), name: name)
            {
                return reason
            }
        }
        return parts.contains { PickleDangers.reachingAttributes.contains($0) } ? "reaches Python's internals" : nil
    }

    private static let callMakers: Set<String> = [
        "functools.partial", "functools.reduce", "builtins.getattr", "getattr", "operator.methodcaller",
        "operator.attrgetter",
        "operator.call", "hydra.utils.get_method", "hydra.utils.get_object", "hydra.utils.call",
        "hydra.utils.instantiate",
    ]
    private static let harmless: Set<String> = [
        "collections", "datetime", "pathlib", "math", "random", "decimal", "fractions", "functools", "operator",
        "logging", "builtins", "argparse", "types", "uuid", "enum", "dataclasses", "string", "re", "time", "typing",
    ]
}

extension String {
    /// `module:name` as entry points write it.
    fileprivate var replacingColons: String { String(map { $0 == ":" ? "." : $0 }) }
}
