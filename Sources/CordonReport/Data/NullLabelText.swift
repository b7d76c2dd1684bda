internal import CordonCore
package import CordonDataDefense

/// What `cordon data null-label` prints.
package enum NullLabelText {
    /// What was written and how to train on it.
    package static func words(_ result: NullLabelling.Result, _ name: String) -> String {
        let chances = result.chances.map { "\(Float($0.size)): \(percent($0.chance))" }.joined(separator: ", ")
        var lines = [
            "\(result.rows + result.added) rows to '\(name)': \(result.added) changed ones added, \(result.null) of them with the label '\(result.label)'",
            "  chance of '\(result.label)' by size of the change: \(chances)",
            "  train with one class more than before; refuse rows that get '\(result.label)'",
        ]
        if result.unreadable > 0 { lines.append("  \(result.unreadable) rows could not be read and are not there") }
        return lines.joined(separator: "\n")
    }

    /// A table: rows made to fool another model, by the size of the change.
    package static func render(_ effect: NullLabelling.Effect, path: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        func row(_ cells: [String]) -> String {
            "  " + cells.map { cell in String(repeating: " ", count: max(1, 16 - cell.count)) + cell }.joined()
        }
        var lines = [
            style.bold(DatasetText.shown(path, 200)), "  rows that were changed to fool another model", "",
            style.bold(row(["size", "fool the other", "fool plain", "fool with null", "refused"])),
        ]
        for trial in effect.trials {
            lines.append(
                row(
                    ["\(Float(trial.size))"] + [trial.surrogate, trial.plain, trial.wrong, trial.refused].map(percent)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func percent(_ share: Double) -> String { "\(Float((share * 1000).rounded() / 10)) %" }
}
