internal import CordonCore
package import CordonData
package import CordonModelDefense

/// What `cordon model ensemble` prints.
package enum EnsembleText {
    /// The folder of a member below that of its ensemble.
    package static func folder(_ member: Int) -> String {
        let number = String(member)
        return "member-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
    }

    /// Names of classes as a JSON array.
    package static func names(_ classes: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { json in for name in classes { json.string(nil, name) } }
        return writer.bytes
    }

    /// Members that stand out, one a line.
    package static func deviations(_ all: [EnsembleRun.Deviation], folder: String? = nil) -> [String] {
        all.filter(\.isDeviating).sorted { $0.pValue < $1.pValue }.map { one in
            let place = folder.map { "\($0)/" } ?? ""
            return
                "  member \(one.member) deviates: another class than the vote for \(percent(one.rate)) of the rows, \(percent(one.expected)) expected; its rows are in '\(place)\(self.folder(one.member))/data.parquet.manifest.csv', '--exclude \(one.member)' leaves it out"
        }
    }

    private static func percent(_ share: Double) -> String { "\(Float((share * 1000).rounded() / 10)) %" }

    // MARK: Predictions

    /// Columns of a file of predictions.
    package static let fields = [
        Field(name: "row", type: .integer(bits: 64, isSigned: true), role: .id), Field(name: "class", type: .text),
        Field(name: "votes", type: .integer(bits: 64, isSigned: true)),
        Field(name: "certified", type: .integer(bits: 64, isSigned: true)),
    ]

    /// Rows of such a file.
    ///
    /// - Parameter rule: place among the rules.
    package static func batch(_ rows: [EnsembleRun.Row], _ rule: Int, _ classes: [String]) -> Batch {
        func numbers(_ value: (EnsembleRun.Row) -> Int) -> Column {
            .lists(rows.map { Int64(value($0)) }, size: [], rows: rows.count)
        }
        let columns = [
            numbers(\.number), Column.texts(rows.map { classes[$0.decisions[rule].winner] }),
            numbers { $0.decisions[rule].votes }, numbers { $0.decisions[rule].certified },
        ]
        return Batch.table(Array(zip(fields, columns)).map { (field: $0.0, column: $0.1) }, rows: rows.count)
    }

    // MARK: Certified accuracy

    /// A table: number of poisoned rows, certified accuracy by each rule.
    package static func render(_ curve: CertifiedAccuracy, path: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        func row(_ cells: [String]) -> String {
            "  " + cells.map { cell in String(repeating: " ", count: max(1, 16 - cell.count)) + cell }.joined()
        }
        var lines = [
            style.bold(DatasetText.shown(path, 200)),
            "  \(DatasetText.count(curve.rows, "row")); the share that gets its label whatever so many poisoned rows do",
            "",
            style.bold(row(["poisoned rows"] + Election.Rule.allCases.map(\.rawValue))),
        ]
        for count in curve.steps {
            lines.append(row(["\(count)"] + Election.Rule.allCases.indices.map { percent(curve.accuracy($0, count)) }))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// As JSON by the schema ensemble-certificate-1.0.
    package static func json(_ curve: CertifiedAccuracy, path: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.number("rows", curve.rows)
            json.array("curve") { json in
                for count in curve.steps {
                    json.object { json in
                        json.number("poisonedRows", count)
                        for (place, rule) in Election.Rule.allCases.enumerated() {
                            json.number(rule.rawValue, curve.accuracy(place, count))
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}
