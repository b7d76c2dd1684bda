import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning

/// `cordon verify source`.
struct VerifySource: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract:
            "Checks a git working tree: signed commits and tags, nothing changed, locked dependencies, installed packages as recorded.",
        discussion: """
            Nothing that the repository configures is run. Exit code 0: everything passed. 1: something failed. 2: \
            something could not be checked.
            """
    )

    @Argument(help: "A folder in the working tree.", completion: .directory)
    var path: String = "."

    @Option(help: "SSH keys that may sign, as ssh-keygen reads them.", completion: .file())
    var allowedSigners: String?

    @Option(
        help: "GnuPG home with only the keys that may sign. Without it, a key must be fully trusted.",
        completion: .directory)
    var gpgHome: String?

    @Option(help: "The commit. Default: the one that is checked out.")
    var revision: String = "HEAD"

    @Option(help: "Every commit after this one, named by its full id, must be signed. Default: only the commit itself.")
    var since: String?

    @Flag(help: "Accept files that the commit's own .gitignore files leave out.")
    var allowIgnored = false

    @Option(
        help: "Folder of installed Python packages; repeatable. Default: those of .venv, venv and env.",
        completion: .directory)
    var sitePackages: [String] = []

    @Option(help: "text or json.")
    var format: ListFormat = .text

    func run() async throws {
        try await Terminal.integrity(format: format) {
            var verifier = SourceVerifier()
            verifier.revision = revision
            verifier.base = since
            verifier.allowedSigners = allowedSigners
            verifier.gpgHome = gpgHome
            verifier.sitePackages = sitePackages
            verifier.allowsIgnored = allowIgnored
            let report = try verifier.verify(path)
            let text =
                switch format {
                case .text: Array(SourceText.render(report, colour: Terminal.wantsColour).utf8)
                case .json: SourceText.json(report)
                }
            try Terminal.write(text, to: nil)
            throw ExitCode(report.exitCode)
        }
    }
}
