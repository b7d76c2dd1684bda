internal import CordonCore
package import CordonSupplyChain

/// What two models' weights say about each other.
package enum ComparisonText {
    /// Whether it speaks against a base that was claimed, and why, in one sentence.
    package static func remark(_ comparison: ModelComparison, _ base: String) -> (speaksAgainst: Bool, words: String) {
        let name = PrintableText.quoting(base, limit: 200)
        let equal = comparison.tensors.count(where: \.isEqual)
        let counts = "\(comparison.tensors.count) tensors in common, \(equal) of them equal"
        switch comparison.verdict {
        case .identical: return (false, "the same weights as '\(name)'")
        case .sameLineage: return (false, "its weights come from '\(name)': \(counts)")
        case .related: return (false, "its weights are far from those of '\(name)', and related: \(counts)")
        case .noRelation:
            return (true, "its weights do not come from '\(name)', which is said to be its base: \(counts)")
        case .notComparable:
            return (true, "it cannot be compared with '\(name)', which is said to be its base: \(counts)")
        }
    }

    /// The verdict, the figures behind it, and the layers that changed most.
    package static func render(_ comparison: ModelComparison, _ first: String, _ second: String, colour: Bool) -> String
    {
        let style = TextStyle(colour)
        var lines = [
            style.bold(
                headline(
                    comparison, PrintableText.quoting(first, limit: 200), PrintableText.quoting(second, limit: 200)))
        ]
        let equal = comparison.tensors.count(where: \.isEqual)
        lines.append("  \(comparison.tensors.count) tensors in common, \(equal) of them equal")
        if let cosine = comparison.medianCosine, let distance = comparison.medianDistance {
            lines.append("  matrices: median cosine \(decimal(cosine)), median relative distance \(decimal(distance))")
        }
        if let rank = comparison.adapterRank {
            lines.append("  the difference has rank \(rank) in the matrices looked at: a merged LoRA")
        }
        for (name, rows) in comparison.addedRows.prefix(6) {
            lines.append(
                "  \(PrintableText.quoting(name, limit: 100)): \(rows > 0 ? "\(rows) rows added" : "\(-rows) rows removed")"
            )
        }
        for (title, names) in [
            ("only in the first", comparison.onlyFirst), ("only in the second", comparison.onlySecond),
            ("of another shape", comparison.reshaped),
        ] where !names.isEmpty {
            let shown = names.prefix(5).map { PrintableText.quoting($0, limit: 80) }.joined(separator: ", ")
            lines.append("  \(title): \(names.count) (\(shown)\(names.count > 5 ? ", …" : ""))")
        }
        let changed = comparison.changed.filter { $0.distance.isFinite }.sorted {
            ($1.distance, $0.name) < ($0.distance, $1.name)
        }
        if !changed.isEmpty {
            lines.append("  changed most:")
            for tensor in changed.prefix(8) {
                lines.append(
                    "    \(PrintableText.quoting(tensor.name, limit: 100))  distance \(decimal(tensor.distance)), cosine \(decimal(tensor.cosine))"
                )
            }
        }
        if comparison.opaque > 0 {
            lines.append(
                "  not evaluated: \(comparison.opaque) tensors of packed or integer types, which are compared bit by bit only"
            )
        }
        lines.append(style.dim("  distance is symmetric: two fine-tunes of one base look like parent and child"))
        return lines.joined(separator: "\n") + "\n"
    }

    private static func headline(_ comparison: ModelComparison, _ first: String, _ second: String) -> String {
        switch comparison.verdict {
        case .identical: "'\(second)' has the same weights as '\(first)', bit for bit"
        case .sameLineage: "'\(second)' shares its lineage with '\(first)'"
        case .related: "'\(second)' is related to '\(first)', but far from it"
        case .noRelation:
            "no relation between '\(second)' and '\(first)' was found; permuted or distilled models look so too"
        case .notComparable: "'\(second)' and '\(first)' have too little in common to be compared"
        }
    }

    static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let scaled = Int((value * 10_000).rounded())
        let digits = String(abs(scaled) % 10_000)
        return
            "\(scaled < 0 ? "-" : "")\(abs(scaled) / 10_000).\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }

    /// The same as JSON, described by `docs/schemas/model-comparison-1.0.schema.json`.
    package static func json(_ comparison: ModelComparison, _ first: String, _ second: String) -> [UInt8] {
        var json = JSONWriter()
        func number(_ key: String, _ value: Double?, _ json: inout JSONWriter) {
            guard let value, value.isFinite else { return }
            json.raw(key, decimal(value).utf8)
        }
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("first", PrintableText.quoting(first, limit: .max))
            json.string("second", PrintableText.quoting(second, limit: .max))
            json.string("verdict", comparison.verdict.rawValue)
            number("medianCosine", comparison.medianCosine, &json)
            number("medianDistance", comparison.medianDistance, &json)
            json.number("adapterRank", comparison.adapterRank)
            json.number("notCompared", comparison.opaque)
            for (key, names) in [
                ("onlyFirst", comparison.onlyFirst), ("onlySecond", comparison.onlySecond),
                ("reshaped", comparison.reshaped),
            ] {
                json.array(key) { json in
                    for name in names { json.string(nil, PrintableText.quoting(name, limit: 512)) }
                }
            }
            json.array("addedRows") { json in
                for (name, rows) in comparison.addedRows {
                    json.object { json in
                        json.string("tensor", PrintableText.quoting(name, limit: 512))
                        json.number("rows", rows)
                    }
                }
            }
            json.array("tensors") { json in
                for tensor in comparison.tensors {
                    json.object { json in
                        json.string("name", PrintableText.quoting(tensor.name, limit: 512))
                        json.number("elements", tensor.count)
                        json.boolean("isEqual", tensor.isEqual)
                        number("cosine", tensor.cosine, &json)
                        number("distance", tensor.distance, &json)
                    }
                }
            }
        }
        return json.bytes
    }
}
