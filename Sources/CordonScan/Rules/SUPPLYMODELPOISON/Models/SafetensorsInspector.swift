internal import CordonCore
internal import CordonFormats

/// Safetensors: the header against the format's rules, hidden bytes, and text in the metadata.
enum SafetensorsInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let file = SafetensorsFile.read(view)
        for anomaly in file.anomalies { report(anomaly, at: spot, in: inspection) }
        if let broken = file.anomalies.first(where: { $0.kind == .header }) {
            inspection.skipped("\(spot.prefix)safetensors header: \(broken.detail)")
            // Eight bytes of length and a brace can be the beginning of something else.
            HiddenPickles.search(view, from: 0, at: spot, in: inspection)
        }
        for range in file.hidden {
            guard let part = view.part(offset: range.lowerBound, count: range.count) else { continue }
            inspection.inspectLeftover(part, offset: range.lowerBound, at: spot)
        }
        for (key, value) in file.metadata {
            EmbeddedText.inspect(value, key: key, at: spot.inside("__metadata__.\(key)"), in: inspection)
        }
    }

    private static func report(_ anomaly: SafetensorsAnomaly, at spot: Spot, in inspection: Inspection) {
        let rule =
            switch anomaly.kind {
            case .header, .field: Rules.safetensorsHeader
            case .duplicateKey: Rules.safetensorsDuplicate
            case .overlap: Rules.safetensorsOverlap
            case .gap, .trailing: Rules.safetensorsHidden
            case .size: Rules.safetensorsSize
            }
        let name = anomaly.element.map { "'\(PrintableText.quoting($0, limit: 100))': " } ?? ""
        inspection.report(
            rule, at: spot.offset(anomaly.offset), name + anomaly.detail,
            subject: "\(anomaly.kind) \(anomaly.element ?? "")")
    }
}
