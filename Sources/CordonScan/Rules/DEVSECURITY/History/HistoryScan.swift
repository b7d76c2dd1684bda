package import CordonCore
internal import CordonFormats
package import CordonSigning

/// `cordon scan --history`: secrets and models in past commits of a git repository.
///
/// What the checked-out commit still holds is left to the scan of the files. Of past contents only secrets, models, and what is
/// wrong with those models are reported; everything else that was corrected is in order.
package struct HistoryScan {
    /// Larger contents are named, not looked at: they would have to be held in memory.
    private static let blobLimit = 48 << 20
    private static let chunkLimit = 24 << 20

    private let options: ScanOptions
    private var entries: [ScanReport.Entry] = []
    private var findings: [Finding] = []

    /// - Parameter options: limits and patterns, as for files.
    package init(_ options: ScanOptions) { self.options = options }

    /// Looks at every past content of the repository that holds a path.
    ///
    /// - Parameter progress: contents done, and all of them.
    /// - Returns: entries and findings, under the paths that the contents had, relative to the repository's top.
    /// - Complexity: O(bytes of all past contents).
    package mutating func run(
        _ path: String, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(IntegrityFailure) -> (entries: [ScanReport.Entry], findings: [Finding]) {
        let history = try GitHistory(path)
        let filter = PathFilter(include: options.include, exclude: options.exclude)
        let blobs = try history.pastBlobs().filter { filter.allows(AssetPath(bytes: $0.path)) }
        var chunk: [GitHistory.Blob] = []
        var bytes = 0
        for (index, blob) in blobs.enumerated() {
            guard let count = blob.byteCount else {
                skip(blob, "the object is missing, as in a shallow or partial clone")
                continue
            }
            guard count <= Self.blobLimit else {
                skip(blob, "larger than \(Self.blobLimit >> 20) MiB: not looked at")
                continue
            }
            if bytes + count > Self.chunkLimit, !chunk.isEmpty {
                try look(at: chunk, history)
                progress(index, blobs.count)
                (chunk, bytes) = ([], 0)
            }
            chunk.append(blob)
            bytes += count
        }
        if !chunk.isEmpty { try look(at: chunk, history) }
        return (entries, findings)
    }

    private mutating func look(at blobs: [GitHistory.Blob], _ history: GitHistory) throws(IntegrityFailure) {
        for (blob, content) in zip(blobs, try history.contents(of: blobs)) {
            guard let content else {
                skip(blob, "the object cannot be read")
                continue
            }
            look(at: blob, content)
        }
    }

    private mutating func look(at blob: GitHistory.Blob, _ content: [UInt8]) {
        let inspection = Inspection(path: AssetPath(bytes: blob.path), byteCount: content.count, limits: options.limits)
        inspection.inspectFile(ByteView(copying: content))
        inspection.finish()
        let isModel = inspection.format.map { Self.isModel($0, AssetPath(bytes: blob.path)) } ?? false
        var kept = inspection.findings.filter { finding in
            finding.ruleID.hasPrefix("CORDON-SEC-") || isModel && finding.severity >= .high
        }.map { told($0, blob) }
        if isModel, let format = inspection.format {
            kept.append(
                Finding(
                    ruleID: Rules.historyModel.id, severity: Rules.historyModel.severity, confidence: .high,
                    path: AssetPath(bytes: blob.path), place: place(blob),
                    message: "\(format.rawValue), \(content.count) bytes", subject: blob.object))
        }
        let skips = isModel ? inspection.skips : []
        guard !kept.isEmpty || !skips.isEmpty else { return }
        findings += kept
        add(blob, isFailed: !kept.isEmpty, skips.map { "history: \($0)" })
    }

    private mutating func skip(_ blob: GitHistory.Blob, _ reason: String) {
        add(blob, isFailed: false, ["history: \(reason)"])
    }

    private mutating func add(_ blob: GitHistory.Blob, isFailed: Bool, _ skips: [String]) {
        let path = AssetPath(bytes: Array("history \(blob.commit.prefix(12)): ".utf8) + blob.path)
        let outcome: Outcome = isFailed ? .failed : skips.first.map { .notEvaluated(reason: $0) } ?? .passed
        let asset = Asset(path: path, byteCount: blob.byteCount)
        entries.append(ScanReport.Entry(asset: asset, outcome: outcome, notEvaluated: skips))
    }

    /// The same content found in the tree has another fingerprint: there it can be taken out by an edit.
    private func told(_ finding: Finding, _ blob: GitHistory.Blob) -> Finding {
        var place = finding.place
        let own = place.element.map { "\($0), " } ?? ""
        place.element = own + (self.place(blob).element ?? "")
        return Finding(
            ruleID: finding.ruleID, severity: finding.severity, confidence: finding.confidence, path: finding.path,
            place: place, message: finding.message, subject: "\(finding.subject) in \(blob.object)")
    }

    private func place(_ blob: GitHistory.Blob) -> Place {
        Place(element: "commit \(blob.commit.prefix(12)) of \(Self.date(blob.time))")
    }

    /// The day of a time, as `2026-03-31` (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
    private static func date(_ seconds: Int) -> String {
        let day = max(0, min(seconds, 253_402_300_799)) / 86_400 + 719_468
        let era = day / 146_097, dayOfEra = day % 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let number = month < 10 ? month + 3 : month - 9
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return
            "\(year + era * 400 + (number <= 2 ? 1 : 0))-\(two(number))-\(two(dayOfYear - (153 * month + 2) / 5 + 1))"
    }

    /// Containers are models by their endings: an archive of anything else is none.
    private static func isModel(_ format: FileFormat, _ path: AssetPath) -> Bool {
        if models.contains(format) { return true }
        return containers.contains(format) && endings.contains(path.pathExtension)
    }

    private static let containers: Set<FileFormat> = [
        .zip, .tar, .sevenZip, .gzip, .zlib, .bzip2, .xz, .lzma, .zstd, .lz4,
    ]
    private static let endings: Set<String> = [
        "pt", "pth", "bin", "ckpt", "pkl", "pickle", "joblib", "model", "keras", "npz", "mar", "nemo", "skops",
        "mlpackage", "tar",
        "gz", "distcp",
    ]
    private static let models: Set<FileFormat> = [
        .pickle, .safetensors, .onnx, .gguf, .tflite, .hdf5, .tensorflow, .coreML, .coreMLWeights, .paddle, .cntk,
        .tensorRT,
        .executorch, .catBoost, .mxnetParameters, .ubjson, .xgboost, .rObject, .numpy,
    ]
}
