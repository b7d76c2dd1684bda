internal import CordonCore
internal import CordonFormats

/// GGUF: structure, and the chat templates that inference servers render.
enum GGUFInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (file, templates) = view.withSpan { bytes in
            let file = GGUFFile.read(bytes)
            let templates = file.texts.filter { $0.range.count > 8 || $0.key.contains(ascii: "template") }
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
                Rules.ggufTrailing, at: spot.offset(file.trailing.lowerBound), "\(rest.count) bytes",
                subject: "trailing")
            NativeInspector.search(rest, from: 0, at: spot.shifted(file.trailing.lowerBound), in: inspection)
            HiddenPickles.search(rest, from: 0, at: spot.shifted(file.trailing.lowerBound), in: inspection)
        }
        for (key, text) in templates { EmbeddedText.inspect(text, key: key, at: spot.inside(key), in: inspection) }
    }
}
