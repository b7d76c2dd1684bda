internal import CordonCore
internal import CordonFormats

/// XML that is a model: PMML and OpenVINO's intermediate representation; and document types in any XML.
enum XMLModels {
    private static let sizeLimit = 64 << 20

    /// Whether text is XML.
    static func matches(_ view: ByteView) -> Bool {
        view.withSpan { bytes in
            var position = bytes.hasBytes("\u{FEFF}") ? 3 : 0
            while let byte = bytes.byte(at: position), byte <= 0x20 { position += 1 }
            return bytes.hasBytes("<?xml", at: position) || bytes.hasBytes("<PMML", at: position)
                || bytes.hasBytes("<net ", at: position)
                || bytes.hasBytes("<!DOCTYPE PMML", at: position) || bytes.hasBytes("<!DOCTYPE net", at: position)
                || bytes.hasBytes("<CustomLayer", at: position)
        }
    }

    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let isModel = view.withSpan {
            $0.contains("<PMML") || $0.contains("<net ") && $0.contains("<layers") || $0.contains("<CustomLayer")
        }
        let head = view.withSpan { $0.text(at: 0, count: min(view.count, 64 << 10)) } ?? ""
        if isModel, head.contains("<!DOCTYPE") || head.contains("<!ENTITY") {
            let isOutside = head.contains("SYSTEM") || head.contains("PUBLIC") || head.contains("<!ENTITY")
            inspection.report(
                Rules.exoticEntities, at: spot.offset(0),
                isOutside ? "entities are declared" : "a document type is declared", subject: "doctype",
                severity: isOutside ? nil : .medium)
        }
        guard isModel else { return }
        guard view.count <= sizeLimit else {
            return inspection.skipped("\(spot.prefix)XML of more than \(sizeLimit) bytes")
        }
        do throws(DataFailure) {
            let root = try XMLElement.parse(view.withSpan { $0.copy(at: 0, count: $0.byteCount) } ?? [])
            switch root.name {
            case "PMML": pmml(root, head, at: spot, in: inspection)
            case "net": openVINO(root, at: spot, in: inspection)
            default:
                walk(root) { element in
                    if element.name == "Source", let file = element.attributes["filename"] {
                        inspection.report(
                            Rules.exoticCode, at: spot.line(element.line),
                            "a kernel is compiled from '\(PrintableText.quoting(file))'", subject: file,
                            severity: .medium)
                    }
                }
            }
        } catch {
            if !error.reason.contains("document type") {
                inspection.report(
                    Rules.exoticMalformed, at: spot.line(max(1, error.line)), "XML: \(error.reason)", subject: "XML")
            }
            inspection.skipped("\(spot.prefix)XML model: \(error.reason)")
        }
    }

    private static func walk(_ root: XMLElement, _ body: (XMLElement) -> Void) {
        var pending = [root]
        while let element = pending.popLast() {
            body(element)
            pending += element.children
        }
    }

    /// PMML 4.4 (Data Mining Group); JPMML looks dotted function names up as classes.
    private static func pmml(_ root: XMLElement, _ head: String, at spot: Spot, in inspection: Inspection) {
        var defined: Set<String> = []
        walk(root) { if $0.name == "DefineFunction", let name = $0.attributes["name"] { defined.insert(name) } }
        if head.contains("<?xml-stylesheet") {
            inspection.report(
                Rules.exoticOutside, at: spot.line(1), "a style sheet is fetched", subject: "stylesheet",
                severity: .medium)
        }
        walk(root) { element in
            guard !inspection.isExpired else { return }
            let line = spot.line(element.line)
            if element.name == "Apply", let function = element.attributes["function"], function.contains("."),
                !defined.contains(function), !function.hasPrefix("x-")
            {
                inspection.report(
                    Rules.exoticCode, at: line,
                    "the function '\(PrintableText.quoting(function))' is a class that the evaluator loads",
                    subject: function)
            }
            if element.name == "include", let address = element.attributes["href"] {
                inspection.report(
                    Rules.exoticOutside, at: line, "'\(PrintableText.quoting(address))' is included", subject: address)
            }
            let texts = element.attributes.values + [element.text]
            for text in texts {
                if let word = scripts.first(where: { text.contains(ascii: $0) }) {
                    inspection.report(
                        Rules.exoticCode, at: line, "'\(word)' in <\(PrintableText.quoting(element.name, limit: 40))>",
                        subject: "\(element.name) \(word)")
                }
            }
            if element.name == "Array", let stated = element.attributes["n"].flatMap({ Int($0) }),
                element.attributes["type"] != "string"
            {
                let count = element.text.split { $0 == " " || $0.isNewline || $0 == "\t" }.count
                if count != stated, element.text.utf8.count < 65_536 {
                    inspection.report(
                        Rules.exoticMalformed, at: line, "an array of \(count) numbers where \(stated) are stated",
                        subject: "array \(element.line)", severity: .low)
                }
            }
        }
    }

    private static let scripts: [StaticString] = [
        "Runtime.getRuntime", "ProcessBuilder", "<script", "javascript:", "groovy.", "GroovyShell", "ScriptEngine",
        "jdbc:", "ldap://", "rmi://", "java.lang.Runtime",
        "Class.forName", "exec(", "#!/bin/", "python:", "eval(", "getClass()",
    ]

    /// OpenVINO IR (documentation, "Intermediate representation and operation sets").
    private static func openVINO(_ root: XMLElement, at spot: Spot, in inspection: Inspection) {
        var layers: [String: Int] = [:]
        walk(root) { element in
            let line = spot.line(element.line)
            if element.name == "layer" {
                if let id = element.attributes["id"] { layers[id, default: 0] += 1 }
                let version = element.attributes["version"] ?? "opset1"
                if !version.hasPrefix("opset"),
                    !["experimental", "ie_internal_opset", "gpu_opset", "gna_opset", "1", "10"].contains(version)
                {
                    let type = element.attributes["type"] ?? ""
                    let isKnown =
                        version == "extension"
                        && (type.contains("Token") || type.contains("String") || type.contains("Regex")
                            || type.contains("BPE") || type.contains("Ragged") || type.contains("Vocab")
                            || type.contains("Combine") || type.contains("Chars") || type.contains("Utf8")
                            || type.contains("Trie") || type.contains("Normal") || type.contains("Padding")
                            || type.contains("Truncate"))
                    inspection.report(
                        Rules.exoticCode, at: line,
                        "a layer '\(PrintableText.quoting(type, limit: 60))' of the set '\(PrintableText.quoting(version, limit: 40))' needs a native extension",
                        subject: "\(version) \(type)", severity: isKnown ? .low : .medium)
                }
            }
            for (key, value) in element.attributes
            where ["library", "extension", "source", "plugin", "lib", "path", "kernel_source", "custom_kernel"]
                .contains(key) || value.hasSuffix(".so") || value.hasSuffix(".dll")
            {
                guard
                    value.contains("/") || value.contains("\\") || value.hasSuffix(".so") || value.hasSuffix(".dll")
                        || value.contains("://"), element.name != "rt_info"
                else { continue }
                let isParameter = element.attributes["value"] != nil && key == "value"
                guard !isParameter || value.hasSuffix(".so") || value.hasSuffix(".dll") else { continue }
                inspection.report(
                    Rules.exoticOutside, at: line,
                    "'\(PrintableText.quoting(key, limit: 40))' names '\(PrintableText.quoting(value))'",
                    subject: value,
                    severity: value.contains(".so") || value.contains(".dll") || value.contains("..") ? .high : .medium)
            }
            if element.name == "data", let size = element.attributes["size"].flatMap({ Int($0) }),
                let shape = element.attributes["shape"], let type = element.attributes["element_type"],
                let bits = bits(type)
            {
                var expected: Int? = bits
                for dimension in shape.split(separator: ",") {
                    guard let number = Int(dimension.trimmingWhitespace), number >= 0 else { expected = nil; break }
                    expected = expected.flatMap {
                        $0.multipliedReportingOverflow(by: number).overflow ? nil : $0 * number
                    }
                }
                if expected.map({ ($0 + 7) / 8 != size }) ?? false {
                    inspection.report(
                        Rules.exoticMalformed, at: line,
                        "\(size) bytes for the shape '\(PrintableText.quoting(shape, limit: 60))' of \(PrintableText.quoting(type, limit: 10))",
                        subject: "size \(element.line)")
                }
            }
            if element.name == "data", let offset = element.attributes["offset"].flatMap({ Int($0) }),
                let size = element.attributes["size"].flatMap({ Int($0) }),
                offset < 0 || size < 0 || offset > Int.max - max(0, size)
            {
                inspection.report(
                    Rules.exoticMalformed, at: line, "weights at \(offset) of \(size) bytes",
                    subject: "offset \(element.line)")
            }
        }
        for (id, count) in layers
        where count > 1 && root["layers"]?.all("layer").count(where: { $0.attributes["id"] == id }) ?? 0 > 1 {
            inspection.report(
                Rules.exoticMalformed, at: spot.element("layer \(id)"),
                "two layers have the id \(PrintableText.quoting(id, limit: 20))", subject: "id \(id)")
        }
        let own = Set(root["layers"]?.all("layer").compactMap { $0.attributes["id"] } ?? [])
        for edge in root["edges"]?.all("edge") ?? [] {
            for key in ["from-layer", "to-layer"] where !own.contains(edge.attributes[key] ?? "") {
                inspection.report(
                    Rules.exoticMalformed, at: spot.line(edge.line),
                    "an edge to the layer '\(PrintableText.quoting(edge.attributes[key] ?? "", limit: 20))', which is not there",
                    subject: "edge \(edge.line)")
            }
        }
    }

    private static func bits(_ type: String) -> Int? {
        [
            "f32": 32, "i32": 32, "u32": 32, "f64": 64, "i64": 64, "u64": 64, "f16": 16, "bf16": 16, "i16": 16,
            "u16": 16, "i8": 8, "u8": 8, "boolean": 8, "i4": 4, "u4": 4, "u1": 1, "f8e4m3": 8, "f8e5m2": 8, "nf4": 4,
        ][type]
    }
}
