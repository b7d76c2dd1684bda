import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning

/// `cordon release`.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Deploys verified versions of a model and goes back to one: put, list, activate, rollback, status.",
        discussion: "STORE/current is the active release: point your server at it.",
        subcommands: [Put.self, List.self, Activate.self, Rollback.self, Status.self]
    )

    /// `cordon release put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copies a signed model into the store, once it was found as signed.")

        @Argument(help: "The store; made when it is not there.", completion: .directory)
        var store: String
        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "The model's signature.", completion: .file())
        var signature: String?
        @OptionGroup var signer: SignerOptions
        @OptionGroup var configuration: ConfigurationOptions
        @Option(
            help:
                "Configuration of the deployment to hold later states against: any file; container files and Kubernetes manifests are understood. Repeatable.",
            completion: .file())
        var environmentFile: [String] = []
        @Option(help: "Name of an environment variable that the deployment sets; repeatable.")
        var environmentName: [String] = []
        @Flag(help: "Activate it as well.")
        var activate = false

        func run() async throws {
            try await Terminal.integrity {
                let requirements = try signer.requirements(for: model, configuration)
                let signature = try signature ?? SignatureFinder.find(model, named: [])
                let environment = try DeployedEnvironment(paths: environmentFile, variableNames: environmentName)
                let store = try ReleaseStore(store, creating: true)
                let (record, isNew) = try await store.put(
                    model, signature: signature, environment: environment, requirements)
                Terminal.line("\(isNew ? "put" : "there already") \(record.id.prefix(12))  \(record.model)")
                if activate { try await ReleaseCommand.activate(store, record.id, requirements) }
            }
        }
    }

    /// `cordon release list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists releases, newest first.")

        @Argument(help: "The store.", completion: .directory)
        var store: String
        @Option(help: "text or json.")
        var format: ListFormat = .text

        func run() async throws {
            try await Terminal.integrity {
                let entries = try ReleaseStore(store).entries()
                try Terminal.write(
                    format == .json ? ReleaseText.json(entries) : Array(ReleaseText.list(entries).utf8), to: nil)
            }
        }
    }

    /// `cordon release activate`.
    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a release the active one, once it was found as signed.")

        @Argument(help: "The store.", completion: .directory)
        var store: String
        @Argument(help: "The release: the first digits of its name.")
        var id: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            try await Terminal.integrity {
                let requirements = try signer.requirements(for: store, configuration)
                let store = try ReleaseStore(store)
                try await ReleaseCommand.activate(store, try store.find(id).id, requirements)
            }
        }
    }

    /// `cordon release rollback`.
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Activates the newest other release that is as signed.")

        @Argument(help: "The store.", completion: .directory)
        var store: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            try await Terminal.integrity {
                let requirements = try signer.requirements(for: store, configuration)
                let store = try ReleaseStore(store)
                let (id, passedOver) = try await store.rollback(requirements)
                for reason in passedOver { Terminal.line("passed over \(reason)") }
                Terminal.line("active \(id.prefix(12))")
            }
        }
    }

    /// `cordon release status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks the active release, and its environment against what was recorded.",
            discussion: "Exit code 0: as signed, no drift. 1: not. 2: could not be checked.")

        @Argument(help: "The store.", completion: .directory)
        var store: String
        @OptionGroup var signer: SignerOptions
        @OptionGroup var configuration: ConfigurationOptions
        @Option(help: "A running process whose environment variables' names are compared with those recorded.")
        var process: Int32?

        func run() async throws {
            try await Terminal.integrity {
                let requirements = try signer.requirements(for: store, configuration)
                let store = try ReleaseStore(store)
                guard let id = store.activeID else { throw IntegrityFailure(.wrongUse, "no release is active") }
                let report = try await store.verify(id, requirements)
                let names = try process.map { try DeployedEnvironment.variableNames(ofProcess: $0) }
                let record = try store.find(id).record.get()
                let drifts = record.environment.drift(processNames: names)
                let text = IntegrityText.verified(.model(report), store.path + "/current", colour: Terminal.wantsColour)
                try Terminal.write(Array((text + ReleaseText.status(record, drifts)).utf8), to: nil)
                let code = SignatureOutcome.model(report).exitCode
                throw ExitCode(code == 0 && !drifts.isEmpty ? 1 : code)
            }
        }
    }

    private static func activate(_ store: ReleaseStore, _ id: String, _ requirements: [SignerRequirement]) async throws
    {
        let report = try await store.activate(id, requirements)
        guard report.comparison.isMatch else {
            let text = IntegrityText.verified(.model(report), "release \(id.prefix(12))", colour: Terminal.wantsColour)
            try Terminal.write(Array((text + "nothing was changed\n").utf8), to: nil)
            throw ExitCode(SignatureOutcome.model(report).exitCode)
        }
        Terminal.line("active \(id.prefix(12))")
    }
}
