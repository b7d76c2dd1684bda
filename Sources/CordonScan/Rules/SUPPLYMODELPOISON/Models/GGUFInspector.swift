internal import CordonCore
internal import CordonFormats

/// GGUF: structure, and the chat templates that inference servers render.
enum GGUFInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (file, templates) = view.withSpan { bytes in
            let file = GGUFFile.read(bytes)
            let templates = file.texts.filter { $0.key.contains("template") || bytes.hasTemplate($0.range) }
            return (file, templates.map { ($0.key, bytes.text($0.range, limit: 1 << 20)) })
        }
        if case .structure(let offset, let detail) = file.failure {
            inspection.report(Rules.ggufStructure, at: spot.offset(offset), detail, subject: "structure")
            inspection.skipped("\(spot.prefix)GGUF after offset \(offset): \(detail)")
        }
        for (offset, detail) in file.anomalies {
            inspection.report(Rules.ggufStructure, at: spot.offset(offset), detail, subject: detail)
        }
        if !file.trailing.isEmpty, let rest = view.part(offset: file.trailing.lowerBound, count: file.trailing.count),
            !rest.isPadding
        {
            inspection.report(
                Rules.ggufTrailing, at: spot.offset(file.trailing.lowerBound), "\(rest.count) bytes", subject: "trailing")
            HiddenPickles.search(rest, from: 0, at: spot.shifted(file.trailing.lowerBound), in: inspection)
        }
        for (key, text) in templates { JinjaInspector.inspect(text, at: spot.element(key), in: inspection) }
    }
}

extension RawSpan {
    /// Whether a range holds a template statement.
    func hasTemplate(_ range: Range<Int>) -> Bool {
        firstRange(of: [0x7B, 0x25], from: range.lowerBound, to: range.upperBound) != nil
    }
}
