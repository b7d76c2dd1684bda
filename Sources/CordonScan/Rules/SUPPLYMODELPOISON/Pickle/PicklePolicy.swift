internal import CordonCore
internal import CordonFormats

/// Judges what a pickle imports by how it uses it. Default deny: what is not known to be harmless is reported.
struct PicklePolicy {
    /// A rule with the severity it has here and the words that say what was seen.
    struct Verdict {
        let rule: Rule
        let severity: Severity
        let message: String
    }

    /// Everything that is wrong with one import; empty when it is used as ordinary models use it.
    static func verdicts(on item: PickleImport) -> [Verdict] {
        var result: [Verdict] = []
        if item.uses.contains(.patched) {
            result.append(
                Verdict(rule: Rules.picklePatch, severity: .high, message: "stores state on \(shown(item)) itself"))
        }
        if let verdict = verdict(on: item) {
            result.append(verdict)
        } else if item.uses.contains(.resultCalled), !mayCallResult(item) {
            result.append(
                Verdict(
                    rule: Rules.pickleComputed, severity: .high,
                    message: "calls what \(shown(item)) returns" + arguments(item)))
        } else if item.name == "type", canonical(item.module) == "builtins",
            item.textArguments.contains(where: { $0.count > 1 })
        {
            result.append(
                Verdict(
                    rule: Rules.pickleDangerousCall, severity: .critical,
                    message: "makes a class with \(shown(item))" + arguments(item)))
        } else if let formula = executableFormula(item) {
            result.append(
                Verdict(
                    rule: Rules.pickleDangerousCall, severity: .critical,
                    message: "gives \(shown(item)) a formula that runs code: '\(formula)'"))
        } else if let file = fileElsewhere(item) {
            result.append(
                Verdict(
                    rule: Rules.pickleUnexpectedUse, severity: .medium,
                    message: "reads an array from the file '\(file)'"))
        } else if let codec = unusualCodec(item) {
            result.append(
                Verdict(
                    rule: Rules.pickleUnexpectedUse, severity: .medium,
                    message: "decodes text with the codec '\(codec)'"))
        }
        return result
    }

    private static func verdict(on item: PickleImport) -> Verdict? {
        let module = canonical(item.module)
        let allow = PickleAllowList.shared
        let plain = item.uses.subtracting([.resultCalled, .patched])
        let known = allow.uses(module: item.module, name: item.name).union(allow.uses(module: module, name: item.name))
        let exact = PickleDangers.reason(module: module, name: item.name)
        if exact == nil || isExactlyAllowed(module, item.name) {
            if plain.isSubset(of: known) { return nil }
        }
        if item.name == "_load_type", module.hasPrefix("dill"), !isPickledCode(module, item) { return nil }
        if isPickledCode(module, item) {
            return Verdict(
                rule: Rules.pickleCode, severity: .high, message: "rebuilds code with \(shown(item))" + arguments(item))
        }
        if let reason = exact { return dangerous(item, reason) }
        if let verdict = reach(item, module) { return verdict }
        if isException(module, item.name) { return nil }
        if !known.isEmpty { return unexpected(item) }
        return unknown(item, module)
    }

    private static func isExactlyAllowed(_ module: String, _ name: String) -> Bool {
        !PickleAllowList.shared.exactUses(module: module, name: name).isEmpty
    }

    // MARK: Reasons

    private static func dangerous(_ item: PickleImport, _ reason: String) -> Verdict {
        if isCalled(item) {
            return Verdict(
                rule: Rules.pickleDangerousCall, severity: .critical,
                message: "calls \(shown(item))\(arguments(item)), which \(reason)")
        }
        return Verdict(
            rule: Rules.pickleDangerousReference, severity: .high, message: "imports \(shown(item)), which \(reason)")
    }

    /// Dotted names: every part may lead elsewhere.
    private static func reach(_ item: PickleImport, _ module: String) -> Verdict? {
        let parts = item.name.split(separator: ".", omittingEmptySubsequences: false)
        let harmless: Set<Substring> = ["__newobj__", "__newobj_ex__"]
        for (index, part) in parts.enumerated() where parts.count > 1 || part.hasPrefix("__") {
            let isReaching =
                PickleDangers.reachingAttributes.contains(part)
                || (parts.count > 1 && PickleDangers.reachedModules.contains(part) && index < parts.count - 1)
            if isReaching, !harmless.contains(part) {
                return Verdict(
                    rule: Rules.pickleReach, severity: .critical,
                    message:
                        "\(isCalled(item) ? "calls" : "imports") \(shown(item))\(arguments(item)) by way of '\(part)'")
            }
            if index > 0 {
                let tail = parts[index...].joined(separator: ".")
                let owner = parts[..<index].joined(separator: ".")
                if let reason = PickleDangers.reason(module: owner, name: tail) {
                    return Verdict(
                        rule: Rules.pickleReach, severity: .critical,
                        message:
                            "\(isCalled(item) ? "calls" : "imports") \(shown(item))\(arguments(item)), which \(reason)")
                }
            }
        }
        return nil
    }

    private static func unexpected(_ item: PickleImport) -> Verdict {
        let isCall = isCalled(item) && !item.uses.isSubset(of: [.referenced, .instantiated, .setState])
        return Verdict(
            rule: Rules.pickleUnexpectedUse, severity: isCall ? .high : .medium,
            message: "\(isCall ? "calls" : "uses") \(shown(item))\(arguments(item))")
    }

    private static func unknown(_ item: PickleImport, _ module: String) -> Verdict {
        let isCall = item.uses.contains(.called)
        let isTorch = PickleDangers.torchSubsystems.contains { module.hasPrefix($0) }
        if isCall, PythonStandardLibrary.contains(module) || isTorch || module.hasPrefix("numpy.") {
            return Verdict(
                rule: Rules.pickleLibraryCall, severity: .high, message: "calls \(shown(item))\(arguments(item))")
        }
        let verb = isCalled(item) ? "calls" : "imports"
        return Verdict(
            rule: Rules.pickleUnknownImport, severity: .medium, message: "\(verb) \(shown(item))\(arguments(item))")
    }

    private static func isCalled(_ item: PickleImport) -> Bool {
        !item.uses.isDisjoint(with: [.called, .instantiated, .resultCalled])
    }

    // MARK: Special cases

    /// Rebuilders of functions, classes and modules in cloudpickle and dill.
    private static func isPickledCode(_ module: String, _ item: PickleImport) -> Bool {
        let name = item.name
        let loadsPlainTypes =
            item.uses.contains(.called) && item.textArguments.allSatisfy { harmlessTypes.contains($0.first ?? "") }
        let top = module.split(separator: ".").first ?? ""
        guard
            top == "cloudpickle" || top == "dill" || module.hasPrefix("joblib.externals.cloudpickle")
                || module.hasPrefix("pyspark.cloudpickle") || module.hasPrefix("ray.cloudpickle")
        else { return false }
        return !["load", "loads"].contains(name) && name != "_create_array"
            && !(name == "_load_type" && loadsPlainTypes)
    }

    /// Types that dill loads by name and that hold no code.
    private static let harmlessTypes: Set<String> = [
        "list", "dict", "set", "frozenset", "tuple", "int", "float", "complex", "bool", "str", "bytes", "bytearray",
        "object",
        "PartialType", "type", "NoneType", "slice", "range", "defaultdict", "OrderedDict", "deque", "ndarray", "dtype",
    ]

    private static func isException(_ module: String, _ name: String) -> Bool {
        guard module == "builtins", PickleAllowList.isIdentifier(name) else { return false }
        return name.hasSuffix("Error") || name.hasSuffix("Exception") || name.hasSuffix("Warning")
            || ["StopIteration", "KeyboardInterrupt", "SystemExit", "GeneratorExit"].contains(name)
    }

    /// dill's plain types are called like the types themselves. A partial's function is judged in its stead.
    private static func mayCallResult(_ item: PickleImport) -> Bool {
        item.name == "_load_type"
    }

    /// statsmodels evaluates the formula of restored data as Python.
    private static func executableFormula(_ item: PickleImport) -> String? {
        guard item.module == "statsmodels.base.data" else { return nil }
        let formula = item.textArguments.compactMap(\.first).first { text in
            text.contains(ascii: "__") || text.contains(ascii: "import") || text.contains(ascii: "system")
                || text.contains(ascii: "eval") || text.contains(ascii: "exec") || text.contains(ascii: "open(")
        }
        return formula.map { PrintableText.quoting($0, limit: 100) }
    }

    /// A joblib array kept outside the folder.
    private static func fileElsewhere(_ item: PickleImport) -> String? {
        guard item.name.hasSuffix("NDArrayWrapper") else { return nil }
        let names = item.textArguments.compactMap(\.first)
        return names.first { MemberPath.escape(Array($0.utf8)) != nil }.map { PrintableText.quoting($0, limit: 120) }
    }

    /// `_codecs.encode(text, 'latin1')` is how protocol 2 writes bytes; any other codec transforms text.
    private static func unusualCodec(_ item: PickleImport) -> String? {
        guard canonical(item.module) == "_codecs", item.name == "encode" else { return nil }
        for texts in item.textArguments {
            let codec = texts.count > 1 ? texts[1] : "utf-8"
            if !["latin1", "latin-1", "utf-8", "utf8", "ascii", "raw_unicode_escape"].contains(codec) {
                return PrintableText.quoting(codec, limit: 40)
            }
        }
        return nil
    }

    /// The module by its Python 3 name.
    static func canonical(_ module: String) -> String {
        if let renamed = PythonStandardLibrary.renamed[module] { return renamed }
        return module
    }

    private static func shown(_ item: PickleImport) -> String { PrintableText.quoting(item.fullName, limit: 120) }

    private static func arguments(_ item: PickleImport) -> String {
        item.uses.isDisjoint(with: [.called, .instantiated]) ? "" : item.arguments.first ?? ""
    }
}
