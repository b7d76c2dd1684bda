internal import CordonCore
package import CordonSupplyChain

/// What is wrong with a bill, what it lacks, and what changed between two.
package enum BillCheckText {
    /// Breaches, then each framework's score with its gaps.
    package static func render(_ bill: BillView, _ breaches: [BillRules.Breach], colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines = ["\(bill.format), \(bill.components.count) components"]
        for breach in breaches.prefix(50) {
            lines.append(
                "\(style.bad("broken rule")), line \(breach.line): \(PrintableText.quoting(breach.reason, limit: 400))")
        }
        if breaches.count > 50 { lines.append("and \(breaches.count - 50) more") }
        if breaches.isEmpty { lines.append("keeps the rules of its format") }
        for framework in BillElements.Framework.allCases {
            let (have, of) = BillElements.score(framework, bill)
            lines.append(
                of == 0
                    ? "\(framework.rawValue): nothing here that it is about"
                    : "\(style.bold(framework.rawValue)): \(number(have)) of \(of) (\(Int(have / Double(of) * 100)) %)")
            for element in BillElements.all where element.framework == framework {
                switch BillElements.outcome(element, bill) {
                case .present, .notApplicable: continue
                case .missing: lines.append("  missing   \(element.id)  \(element.name)")
                case .partial(let names):
                    let shown = names.prefix(3).map { PrintableText.quoting($0, limit: 60) }.joined(separator: ", ")
                    lines.append(
                        "  partly    \(element.id)  \(element.name): not for \(shown)\(names.count > 3 ? " and \(names.count - 3) more" : "")"
                    )
                case .outside:
                    lines.append(style.dim("  elsewhere \(element.id)  \(element.name): a bill cannot evidence it"))
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }

    /// The same as JSON, described by `docs/schemas/bill-check-1.0.schema.json`.
    package static func json(_ bill: BillView, _ breaches: [BillRules.Breach]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("format", bill.format)
            json.number("components", bill.components.count)
            json.boolean("isSound", breaches.isEmpty)
            json.array("breaches") { json in
                for breach in breaches {
                    json.object { json in
                        json.number("line", breach.line)
                        json.string("reason", PrintableText.quoting(breach.reason, limit: 1000))
                    }
                }
            }
            json.array("frameworks") { json in
                for framework in BillElements.Framework.allCases {
                    let (have, of) = BillElements.score(framework, bill)
                    json.object { json in
                        json.string("name", framework.rawValue)
                        json.raw("have", String(have).utf8)
                        json.number("of", of)
                        json.array("elements") { json in
                            for element in BillElements.all where element.framework == framework {
                                self.element(element, bill, &json)
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private static func element(_ element: BillElements.Element, _ bill: BillView, _ json: inout JSONWriter) {
        json.object { json in
            json.string("id", element.id)
            json.string("name", element.name)
            switch BillElements.outcome(element, bill) {
            case .present: json.string("outcome", "present")
            case .missing: json.string("outcome", "missing")
            case .notApplicable: json.string("outcome", "notApplicable")
            case .outside: json.string("outcome", "outside")
            case .partial(let names):
                json.string("outcome", "partial")
                json.array("missingFor") { json in
                    for name in names { json.string(nil, PrintableText.quoting(name, limit: 400)) }
                }
            }
        }
    }

    // MARK: Differences

    /// One line a component, one a field.
    package static func render(_ difference: BillDifference, colour: Bool) -> String {
        let style = TextStyle(colour)
        if difference.isEmpty { return "nothing changed\n" }
        var lines: [String] = []
        func title(_ component: BillView.Component) -> String {
            let version = component.version.map { " \(PrintableText.quoting($0, limit: 80))" } ?? ""
            return
                "\(PrintableText.quoting(component.name, limit: 160))\(version) \(style.dim(component.kind.rawValue))"
        }
        for component in difference.added { lines.append("+ \(title(component))") }
        for component in difference.removed { lines.append("- \(title(component))") }
        for (component, fields) in difference.changed {
            lines.append("~ \(title(component))")
            for field in fields {
                let (old, new) = (field.before ?? "–", field.after ?? "–")
                lines.append(
                    "    \(field.name): \(PrintableText.quoting(old, limit: 120)) → \(PrintableText.quoting(new, limit: 120))"
                )
            }
        }
        lines.append(
            "\(difference.added.count) added, \(difference.removed.count) removed, \(difference.changed.count) changed")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON, described by `docs/schemas/bill-diff-1.0.schema.json`.
    package static func json(_ difference: BillDifference) -> [UInt8] {
        var json = JSONWriter()
        func component(_ component: BillView.Component, _ json: inout JSONWriter) {
            json.string("kind", component.kind.rawValue)
            json.string("name", PrintableText.quoting(component.name, limit: 1000))
            json.string("version", component.version.map { PrintableText.quoting($0, limit: 200) })
        }
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.array("added") { json in for part in difference.added { json.object { component(part, &$0) } } }
            json.array("removed") { json in for part in difference.removed { json.object { component(part, &$0) } } }
            json.array("changed") { json in
                for (part, fields) in difference.changed {
                    json.object { json in
                        component(part, &json)
                        json.array("fields") { json in
                            for field in fields {
                                json.object { json in
                                    json.string("name", field.name)
                                    json.string("before", field.before.map { PrintableText.quoting($0, limit: 4000) })
                                    json.string("after", field.after.map { PrintableText.quoting($0, limit: 4000) })
                                }
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}
