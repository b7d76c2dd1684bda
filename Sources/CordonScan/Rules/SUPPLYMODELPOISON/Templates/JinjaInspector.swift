internal import CordonCore
internal import CordonFormats

/// Chat templates: expressions that leave the conversation and reach for Python.
enum JinjaInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let text = view.withSpan { $0.text(0..<$0.byteCount, limit: 1 << 20) }
        if view.count > 1 << 20 { inspection.skipped("\(spot.prefix)template beyond the first 1 MiB") }
        let name = (spot.name ?? inspection.path).name
        // Documents are read by people; few of them are rendered.
        let isDocument = ["rst", "md", "adoc"].contains(name.pathExtension)
        inspect(text, at: spot.offset(0), isPage: !isChat(name), isDocument: isDocument, in: inspection)
    }

    /// Whether a file is named like what a model's loader or an application renders messages with, not like a page or a configuration.
    private static func isChat(_ name: AssetPath) -> Bool {
        let text = name.display.lowercased()
        return name.pathExtension == "jinja" || ["chat", "prompt"].contains { text.contains($0) }
    }

    /// Inspects a template that is a value in another file.
    ///
    /// - Parameter isPage: a page of a web application, where requests and words such as `os` are data.
    static func inspect(
        _ text: String, at place: Place, isPage: Bool = false, isDocument: Bool = false, in inspection: Inspection
    ) {
        let template = JinjaTemplate(text)
        // Statements of Salt's, with which no other program reads a template.
        let isPage =
            isPage || ["import_yaml", "import_json", "import_text"].contains { template.statements[$0] != nil }
        let start = place.offset ?? 0
        func at(_ offset: Int) -> Place {
            var copy = place
            if place.element == nil { copy.offset = start + offset }
            return copy
        }
        report(reached(template, isPage: isPage), at, isDocument: isDocument, in: inspection)
        if let access = template.accesses.first(where: { $0.name == nil && $0.form == .filter }) {
            inspection.report(
                Rules.jinjaDynamic, at: at(access.offset), "takes an attribute whose name is computed",
                subject: "attr \(place.element ?? "")")
        }
        if let fragment = template.fragments.first {
            inspection.report(
                Rules.jinjaDynamic, at: at(fragment.offset),
                "has '\(PrintableText.quoting(fragment.text, limit: 60))', a piece of an internal name",
                subject: "piece \(place.element ?? "")", confidence: .medium)
        }
        if template.largestRepetition >= 1_000_000 {
            inspection.report(
                Rules.jinjaResource, at: at(0), "repeats something \(template.largestRepetition) times",
                subject: "repetition \(place.element ?? "")")
        }
        for (name, offset) in template.statements.sorted(by: { $0.value < $1.value })
        where fileStatements.contains(name) {
            inspection.report(
                Rules.jinjaDynamic, at: at(offset), "'\(name)' loads another template",
                subject: "\(name) \(place.element ?? "")", severity: place.element == nil ? .low : .medium)
        }
        if let offset = template.failure {
            inspection.skipped("template does not parse at offset \(offset)\(place.member.map { " in \($0)" } ?? "")")
        }
    }

    /// Everything a template reaches for, in order, once each.
    private static func reached(_ template: JinjaTemplate, isPage: Bool) -> [(
        name: String, offset: Int, isCertain: Bool
    )] {
        var result: [(String, Int, Bool)] = []
        let names = isPage ? Set(template.accesses.filter { $0.name == "__name__" }.map(\.offset)) : []
        for access in template.accesses {
            guard let name = access.name, reason(name, access) != nil else { continue }
            if isPage, plain.contains(name) || !leadsOn(name) { continue }
            // The name of a value's type, `x.__class__.__name__`, and nothing behind it.
            if isPage, name == "__class__", (9...11).contains(where: { names.contains(access.offset + $0) }) {
                continue
            }
            result.append((name, access.offset, true))
        }
        for (text, offset) in template.foldedStrings where isDunder(text[...]) || text.contains("__class__") {
            // Pages list methods by their names; what is done with such a name is seen as an access.
            if isPage, !internals.contains(where: { text.contains($0) }) { continue }
            result.append((text, offset, true))
        }
        for (name, offset) in template.variables where frameworkObjects.contains(name) && !isPage {
            result.append((name, offset, false))
        }
        return result.sorted { $0.1 < $1.1 }
    }

    /// One finding a template, which names what is reached for first.
    private static func report(
        _ reached: [(name: String, offset: Int, isCertain: Bool)], _ at: (Int) -> Place, isDocument: Bool,
        in inspection: Inspection
    ) {
        guard let first = reached.first else { return }
        var names: [String] = []
        for item in reached where !names.contains(item.name) && names.count < 5 { names.append(item.name) }
        let shown = names.map { "'\(PrintableText.quoting($0, limit: 60))'" }.joined(separator: ", ")
        let isCertain = reached.contains { $0.isCertain }
        let place = at(first.offset)
        inspection.report(
            Rules.jinjaInjection, at: place, "reaches for \(shown)", subject: "template \(place.element ?? "")",
            severity: isDocument ? .low : isCertain ? .critical : .high, confidence: isCertain ? .high : .medium)
    }

    private static func reason(_ name: String, _ access: JinjaAccess) -> String? {
        if isDunder(name[...]) { return "a Python internal" }
        if reaching.contains(name) { return "leads to Python's internals" }
        if name == "format" || name == "format_map", access.form == .filter { return "formats with attribute access" }
        if access.base == "self" || access.base == "lipsum" || access.base == "cycler" || access.base == "joiner" {
            return "a way out of the sandbox"
        }
        return nil
    }

    /// Whether an attribute gives something that leads on to Python's internals.
    ///
    /// In pages `self` is a block's or a component's own, and scripts have names of JavaScript's such as `__data__`.
    private static func leadsOn(_ name: String) -> Bool {
        isDunder(name[...]) ? leading.contains(name) : name.hasPrefix("_") || reaching.contains(name)
    }

    private static func isDunder(_ name: Substring) -> Bool {
        name.hasPrefix("__") && name.hasSuffix("__") && name.utf8.count > 4
    }

    private static let reaching: Set<String> = [
        "mro", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "tb_frame", "f_globals", "f_locals",
        "f_builtins",
        "f_back", "func_globals", "func_code", "im_func", "im_self", "im_class", "_TemplateReference__context",
        "_module",
        "popen", "system", "subprocess", "os", "environ", "builtins", "importlib", "modules", "co_code", "_load_module",
        "eval_ctx", "environment", "globals", "getattr", "exec", "eval", "check_output", "_wrap_close",
    ]
    /// Python's special attributes that give a class, a function's parts, a module or a way to any attribute; those of
    /// operators give a method, from which it takes one of these to go on (Python's data model, sections 3.2 and 3.3).
    private static let leading: Set<String> = Set(
        [
            "class", "base", "bases", "mro", "subclasses", "init", "new", "globals", "builtins", "builtin", "import",
            "dict", "self", "func", "code", "closure", "getattribute", "getattr", "setattr", "delattr", "getitem",
            "setitem", "reduce", "reduce_ex", "call", "module", "loader", "spec", "wrapped", "get", "init_subclass",
            "subclasshook", "dir", "format", "objclass", "weakref", "context", "cause", "traceback", "annotations",
            "defaults", "kwdefaults", "main", "file", "path", "cached", "package", "origin", "args", "orig_bases",
            "instancecheck", "subclasscheck", "class_getitem", "set_name", "getstate", "setstate", "slots", "missing",
            "enter", "exit", "debug", "build_class", "html",
        ].map { "__\($0)__" })
    /// Names that lead out of a template only together with others, and that data of pages has as well.
    private static let plain: Set<String> = [
        "os", "system", "environ", "environment", "modules", "globals", "subprocess", "builtins", "exec", "eval",
        "_module", "__repr__", "__str__", "__name__", "__doc__", "__len__", "__version__",
    ]
    private static let internals = [
        "__class__", "__globals__", "__subclasses__", "__builtins__", "__mro__", "__bases__", "__base__", "__import__",
    ]
    private static let frameworkObjects: Set<String> = [
        "request", "url_for", "get_flashed_messages", "lipsum", "__builtins__", "__import__", "application",
    ]
    private static let fileStatements: Set<String> = ["include", "import", "extends", "from"]
}
