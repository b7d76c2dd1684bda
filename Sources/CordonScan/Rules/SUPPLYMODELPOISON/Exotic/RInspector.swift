internal import CordonCore
internal import CordonFormats

/// R object files (`.rds`, `.RData`): promises that run when they are looked at, functions that R calls by itself, what calls reach.
enum RInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let object = view.withSpan { RSerialization.read($0) }
        for promise in object.promises {
            let danger = promise.calls.first { dangers.contains($0) }
            guard !promise.isArgument || danger != nil else { continue }
            inspection.report(
                Rules.rPromise, at: spot.offset(promise.offset),
                "a promise without a value"
                    + (danger.map { " that calls '\(PrintableText.quoting($0, limit: 60))'" } ?? ""),
                subject: "promise \(danger ?? "")")
        }
        for (name, offset) in object.looseCalls.sorted(by: { $0.value < $1.value }) where dangers.contains(name) {
            inspection.report(
                Rules.rCall, at: spot.offset(offset),
                "a call of '\(PrintableText.quoting(name, limit: 60))' that is data, not a function's body",
                subject: name, severity: .medium)
        }
        for (name, offset) in object.calls.sorted(by: { $0.value < $1.value })
        where programs.contains(name) && object.looseCalls[name] == nil {
            inspection.report(
                Rules.rCall, at: spot.offset(offset),
                "a function that calls '\(PrintableText.quoting(name, limit: 60))'", subject: name, severity: .medium,
                confidence: .medium)
        }
        for variable in object.variables where variable.isFunction && runsByItself(variable.name) {
            inspection.report(
                Rules.rHook, at: spot.element(variable.name),
                "a function called '\(PrintableText.quoting(variable.name, limit: 60))', which R calls by itself or in place of its own",
                subject: variable.name, severity: variable.name.hasPrefix(".") ? .high : .medium)
        }
        for offset in object.activeBindings.prefix(8) {
            inspection.report(
                Rules.rPromise, at: spot.offset(offset),
                "an active binding: a function runs when the value is looked at", subject: "active \(offset)",
                severity: .medium)
        }
        for name in object.alternatives where !known.contains(name) {
            inspection.report(
                Rules.rCall, at: spot.element(name),
                "an alternative representation '\(PrintableText.quoting(name, limit: 60))' that may map a file",
                subject: "altrep \(name)", severity: name.hasPrefix("mmap") ? .high : .medium)
        }
        if let failure = object.failure {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(object.end), "R object: \(failure)", subject: "R structure",
                severity: failure.contains("not read") ? .info : nil)
            inspection.skipped("\(spot.prefix)R object: \(failure)")
        } else if object.end < view.count {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(object.end),
                "\(view.count - object.end) bytes after the R object", subject: "trailing", severity: .low)
            inspection.inspectLeftover(view.suffix(from: object.end), offset: object.end, at: spot)
        }
    }

    private static func runsByItself(_ name: String) -> Bool {
        [".First", ".Last", ".First.sys", ".onLoad", ".onAttach", ".onUnload", ".Last.lib"].contains(name)
            || [
                "print", "library", "predict", "c", "{", "(", "<-", "=", "require", "summary", "cat", "length",
                "is.null", "return", "if", "q", "ls", "load", "readRDS", "source", "mean", "sum", "names", "list",
                "function",
            ].contains(name)
            || ["print.", "format.", "summary.", "$.", "[.", "[[.", "toString.", "as.character.", "length.", "plot."]
                .contains { name.hasPrefix($0) }
    }

    /// Ways from an expression to a shell, the network or a library.
    private static let programs: Set<String> = [
        "system", "system2", "shell", "shell.exec", "pipe", "download.file", "socketConnection", "url", "dyn.load",
        "install.packages", "processx::run",
        "serverSocket", "curl_download",
    ]
    private static let dangers: Set<String> = programs.union([
        "eval", "evalq", "parse", "source", "sys.source", "file.remove", "unlink", "file.copy", "library.dynam",
        "Sys.setenv", "unserialize",
        "assignInNamespace", "makeActiveBinding", "delayedAssign", "setHook", "base64decode", "writeLines", "file",
        "readLines", ".Internal", ".Call", "do.call",
        "socketSelect", "readRDS", "load", "on.exit", "reg.finalizer",
    ])
    private static let known: Set<String> = [
        "compact_intseq", "compact_realseq", "deferred_string", "wrap_integer", "wrap_real", "wrap_string",
        "wrap_logical", "wrap_complex", "wrap_raw", "wrap_list",
    ]
}
