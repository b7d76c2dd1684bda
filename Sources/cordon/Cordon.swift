import ArgumentParser
import CordonScan

/// The command line. One file per verb: parse, call, print, exit code.
@main
struct Cordon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon",
        abstract: "Protects the development of AI: finds what is wrong with models, data and code before you use them.",
        version: "cordon \(Scanner.version)",
        subcommands: [ScanCommand.self, RulesCommand.self]
    )
}
