internal import CordonCore
package import CordonSupplyChain

/// A bill of materials for people.
package enum BillText {
    /// Models and datasets with what is known of them and how well, then the rest in numbers.
    package static func summary(_ inventory: Inventory, colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines: [String] = []
        for kind in [InventoryAsset.Kind.model, .dataset] {
            for asset in inventory.assets where asset.kind == kind { lines += describe(asset, inventory.graph, style) }
        }
        let others = inventory.assets.filter { $0.kind != .model && $0.kind != .dataset }
        for asset in others.prefix(50) {
            let detail = asset.fact(.package) ?? asset.fact(.endpoint) ?? asset.fact(.description)
            let text = detail.map { "  \(PrintableText.quoting($0.value, limit: 100))" } ?? ""
            lines.append(
                "\(style.bold(PrintableText.quoting(asset.name, limit: 100))) \(style.dim(asset.kind.rawValue))\(text)")
        }
        if others.count > 50 { lines.append("and \(others.count - 50) more services and agent components") }
        lines.append(contentsOf: packages(inventory, style))
        if !inventory.languages.isEmpty {
            let code = inventory.languages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.key) \($0.value)"
            }
            lines.append("code files: \(code.joined(separator: ", "))")
        }
        if inventory.assets.isEmpty, inventory.dependencies.files.isEmpty {
            lines.append("no model, dataset or dependency was found")
        }
        for reason in inventory.skipped.prefix(20) { lines.append("not evaluated: \(reason)") }
        if inventory.skipped.count > 20 { lines.append("not evaluated: \(inventory.skipped.count - 20) more") }
        lines.append(
            style.dim("write the document with --output bom.cdx.json or bom.spdx.json; sign it with 'cordon sign'"))
        return lines.joined(separator: "\n") + "\n"
    }

    private static func describe(_ asset: InventoryAsset, _ graph: ProvenanceGraph, _ style: TextStyle) -> [String] {
        var lines = ["\(style.bold(PrintableText.quoting(asset.name, limit: 160))) \(style.dim(asset.kind.rawValue))"]
        let fields: [InventoryAsset.Field] =
            asset.kind == .model
            ? [.architecture, .parameters, .dtype, .tokenizer, .adapter, .quantisation, .task, .licence]
            : [.rows, .columns, .format, .licence]
        let names = fields.map(\.rawValue)
        let width = (names + ["base model", "training data", "labelled by"]).map(\.count).max() ?? 0
        func row(_ name: String, _ value: String, _ grade: Grade, _ file: String) {
            let pad = String(repeating: " ", count: width - name.count)
            let source = file.isEmpty ? "" : style.dim("  \(PrintableText.quoting(file, limit: 100))")
            lines.append(
                "  \(name)\(pad)  \(PrintableText.quoting(value, limit: 90))  \(grade == .missing ? style.bad(grade.name) : style.dim(grade.name))\(source)"
            )
        }
        for field in fields {
            if let fact = asset.fact(field) {
                row(field.rawValue, fact.value, fact.grade, fact.evidence.file)
            } else if [.licence, .parameters, .architecture, .rows].contains(field) {
                row(field.rawValue, "–", .missing, "")
            }
        }
        let edges = graph.outgoing[asset.node].map { graph.edges[$0] }
        let bases = edges.filter(\.relation.isDerivation)
        for edge in bases {
            row(
                asset.kind == .model ? "base model" : "derived from",
                "\(graph.shown(edge.to)) (\(edge.relation.rawValue))", edge.grade, edge.evidence.first?.file ?? "")
        }
        if bases.isEmpty, asset.kind == .model { row("base model", "–", .missing, "") }
        let data = edges.filter { $0.relation == .trainedOn }
        for edge in data { row("training data", graph.shown(edge.to), edge.grade, edge.evidence.first?.file ?? "") }
        if data.isEmpty, asset.kind == .model { row("training data", "–", .missing, "") }
        for edge in edges where edge.relation == .labelledBy {
            row("labelled by", graph.shown(edge.to), edge.grade, edge.evidence.first?.file ?? "")
        }
        return lines
    }

    private static func packages(_ inventory: Inventory, _ style: TextStyle) -> [String] {
        var counts: [String: Set<String>] = [:]
        for file in inventory.dependencies.files {
            for dependency in file.content.dependencies {
                counts[dependency.ecosystem.rawValue, default: []].insert(
                    "\(dependency.key)@\(dependency.version ?? "")")
            }
        }
        guard !counts.isEmpty else { return [] }
        let text = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.count)" }.joined(separator: ", ")
        return ["packages: \(text) \(style.dim("(from \(inventory.dependencies.files.count) files)"))"]
    }
}
