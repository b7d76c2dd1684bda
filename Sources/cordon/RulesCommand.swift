import ArgumentParser
import CordonCore
import CordonReport
import CordonScan

/// `cordon rules` and `cordon rules show ID`.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Lists every rule, or explains one.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    /// `cordon rules list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every rule with its severity, threat, control and weakness ids.")

        @Option(help: "text or json.")
        var format: ListFormat = .text

        func run() throws {
            let text =
                switch format {
                case .text: Array(RuleListing.list(Rules.all).utf8)
                case .json: RuleListing.json(Rules.all)
                }
            try Terminal.write(text, to: nil)
        }
    }

    /// `cordon rules show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explains one rule: why it matters, what to do, what it does not detect.")

        @Argument(help: "For example CORDON-PKL-001.")
        var id: String

        func run() throws {
            guard let rule = Rules.all.first(where: { $0.id == id.uppercased() }) else {
                throw Terminal.failure("there is no rule '\(id)'; 'cordon rules' lists them all")
            }
            try Terminal.write(Array(RuleListing.show(rule).utf8), to: nil)
        }
    }
}

/// Formats of the rule list.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
