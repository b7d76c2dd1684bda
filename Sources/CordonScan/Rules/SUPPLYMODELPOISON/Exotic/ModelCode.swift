internal import CordonCore
internal import CordonFormats

/// Code and requirements that come inside a model's archive: servers run the one and install the other.
enum ModelCode {
    /// Archives of servers and frameworks whose Python is run when the model is loaded (TorchServe, BentoML, NeMo).
    private static let archives: Set<String> = ["mar", "bento", "bentomodel", "nemo", "war"]

    /// Commands and connections in code of a model's archive.
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard archives.contains(inspection.path.pathExtension) else { return }
        let source = view.withSpan { PythonSource.read($0) }
        for danger in dangers(source) {
            inspection.report(
                Rules.exoticCode, at: spot.line(danger.line),
                "code of the model calls \(PrintableText.quoting(danger.name, limit: 80))",
                subject: "\(danger.name) \(danger.line)",
                severity: .medium, confidence: .medium)
        }
    }

    /// Calls that run programs or text, or open connections: no model needs them.
    static func dangers(_ source: PythonSource) -> [(name: String, line: Int)] {
        source.calls.filter {
            CodeJudge.isProcess($0.name) || ["exec", "eval", "compile", "__import__"].contains($0.name)
                || $0.name.hasPrefix("socket.") || $0.name.hasPrefix("ctypes.")
        }.prefix(16).map { ($0.name, $0.line) }
    }

    static func isRequirements(_ name: AssetPath) -> Bool {
        let text = name.display
        return text.hasPrefix("requirements") && text.hasSuffix(".txt") || text == "constraints.txt"
    }

    /// Another index, or packages from addresses.
    static func inspectRequirements(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard archives.contains(inspection.path.pathExtension) else { return }
        let text = view.withSpan { $0.text(at: 0, count: min($0.byteCount, 1 << 20)) } ?? ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.drop { $0 == " " }
            let isIndex = ["--index-url", "--extra-index-url", "-i ", "--find-links", "-f ", "--trusted-host"].contains
            { word.hasPrefix($0) }
            guard isIndex || word.contains("://") && !word.hasPrefix("#") else { continue }
            inspection.report(
                Rules.exoticOutside, at: spot.line(index + 1),
                "requirements of the model come from elsewhere: '\(PrintableText.quoting(String(word), limit: 100))'",
                subject: String(word.prefix(160)), severity: .medium)
        }
    }
}
