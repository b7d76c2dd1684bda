import ArgumentParser
import CordonScan
import Glibc

/// The command line. One file per verb: parse, call, print, exit code.
@main
struct Cordon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon",
        abstract: "Protects the development of AI: finds what is wrong with models, data and code before you use them.",
        version: "cordon \(Scanner.version)",
        subcommands: [
            ScanCommand.self, BaselineCommand.self, SignCommand.self, VerifyCommand.self, ProveCommand.self,
            WatchCommand.self,
            ReleaseCommand.self, BillCommand.self, ProvenanceCommand.self, ModelCommand.self, DataCommand.self,
            AdvisoriesCommand.self, RulesCommand.self,
        ]
    )

    static func main() async {
        // A reader that goes away, such as `head`, is no reason to die with a signal.
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
