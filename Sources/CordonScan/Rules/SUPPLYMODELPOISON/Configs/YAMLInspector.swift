internal import CordonCore
internal import CordonFormats

/// YAML: Python tags and targets of Hydra.
enum YAMLInspector {
    private static let sizeLimit = 64 << 20

    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard view.count <= sizeLimit else {
            return inspection.skipped("\(spot.prefix)YAML of \(view.count) bytes, more than \(sizeLimit)")
        }
        let reader = view.withSpan { YAMLReader.read($0) }
        report(reader, at: spot, in: inspection)
        if let failure = reader.failure {
            inspection.skipped("\(spot.prefix)not YAML at line \(failure.line): \(failure.reason)")
        } else if reader.isCut {
            inspection.skipped("\(spot.prefix)YAML beyond the limit of values")
        } else if !reader.hasCollection {
            inspection.skipped("\(spot.prefix)text: source code and documents are not inspected")
        }
    }

    static func report(_ reader: YAMLReader, at spot: Spot, in inspection: Inspection) {
        for tag in reader.tags { check(tag, at: spot, in: inspection) }
        for scalar in reader.scalars {
            guard let key = scalar.path.last, isInteresting(key, scalar.value) else { continue }
            let place = Place(
                member: spot.member, line: scalar.line,
                element: PrintableText.quoting(scalar.path.joined(separator: "."), limit: 120))
            if ["_target_", "__target__", "_cls_"].contains(key) {
                ConfigTarget.check(scalar.value, at: place, in: inspection)
            } else if key.hasSuffix("_path") || key.hasSuffix("_file") {
                JSONInspector.reportElsewhere(key, scalar.value, at: place, in: inspection)
            } else if key == "loader_module" {
                ConfigTarget.checkModule(scalar.value, at: place, in: inspection)
            } else if key == "trust_remote_code", ["true", "True", "yes", "on"].contains(scalar.value) {
                inspection.report(Rules.huggingFaceTrust, at: place, "trust_remote_code is true", subject: key)
            } else if ConfigTarget.possibleKeys.contains(key) {
                ConfigTarget.checkPossible(scalar.value, at: place, in: inspection)
                ConfigTarget.checkExpression(scalar.value, at: place, in: inspection)
            } else if scalar.value.hasPrefix("$") {
                ConfigTarget.checkExpression(scalar.value, at: place, in: inspection)
            } else if key.contains("template"), scalar.value.contains("{{") || scalar.value.contains("{%") {
                JinjaInspector.inspect(scalar.value, at: place, in: inspection)
            }
        }
    }

    private static func isInteresting(_ key: String, _ value: String) -> Bool {
        ["_target_", "__target__", "_cls_", "loader_module", "trust_remote_code"].contains(key)
            || value.utf8.first == 0x24
            || key.hasSuffix("_path") || key.hasSuffix("_file") || ConfigTarget.possibleKeys.contains(key)
            || key.contains(ascii: "template")
    }

    private static func check(_ tag: YAMLTag, at spot: Spot, in inspection: Inspection) {
        let prefix = "tag:yaml.org,2002:python/"
        let shown = PrintableText.quoting(
            tag.tag.hasPrefix(prefix) ? "!!python/" + tag.tag.dropFirst(prefix.count) : tag.tag)
        let core = "tag:yaml.org,2002:"
        if tag.tag.hasPrefix(core), !tag.tag.hasPrefix(core + "python") {
            // Java's loaders make an object of any class that a tag names.
            return inspection.report(
                tag.tag.contains("/") || tag.tag.dropFirst(core.count).contains(".")
                    ? Rules.yamlObject : Rules.yamlReference,
                at: spot.line(tag.line), "the tag !!\(PrintableText.quoting(String(tag.tag.dropFirst(core.count))))",
                subject: tag.tag)
        }
        // HyperPyYAML and Pylearn2: the tag itself names what is made or called.
        for call in ["!new:", "!apply:", "!name:", "!module:", "!obj:", "!import:", "!call:"]
        where tag.tag.hasPrefix(call) {
            return ConfigTarget.check(String(tag.tag.dropFirst(call.count)), at: spot.line(tag.line), in: inspection)
        }
        if tag.tag.hasPrefix("!pkl:") || tag.tag == "!pkl" {
            return inspection.report(
                Rules.yamlReference, at: spot.line(tag.line), "the tag \(shown) loads a pickle", subject: tag.tag)
        }
        guard tag.tag.hasPrefix(prefix) || tag.tag.hasPrefix("!python/") || tag.tag.hasPrefix("!ruby/") else { return }
        let rest = tag.tag.split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
        let place = spot.line(tag.line)
        if ["tuple", "none", "bool", "str", "unicode", "int", "long", "float", "complex", "list", "dict", "bytes"]
            .contains(rest)
        {
            return
        }
        if rest.hasPrefix("object") {
            inspection.report(Rules.yamlObject, at: place, "the tag \(shown)", subject: tag.tag)
        } else {
            inspection.report(Rules.yamlReference, at: place, "the tag \(shown)", subject: tag.tag)
        }
    }
}
