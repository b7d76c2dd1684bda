import ArgumentParser
import CordonCore
import CordonFetch
import CordonReport
import CordonSigning

/// `cordon watch`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract:
            "Holds a deployed model against its signature while it runs, and says within milliseconds what changed.",
        discussion: """
            Give a folder with --signature, or --release STORE for the active release of a store, which is followed when \
            it changes. Runs until it is stopped. Exit code with --once or --exit: 0 everything is as signed, 1 not, \
            2 could not be checked.
            """
    )

    @Argument(help: "A folder or a file.", completion: .file())
    var path: String?

    @Option(help: "The signature.", completion: .file())
    var signature: String?

    @Option(help: "A store of releases, whose active one is watched.", completion: .directory)
    var release: String?

    @OptionGroup var signer: SignerOptions
    @OptionGroup var configuration: ConfigurationOptions

    @Flag(help: "Look at everything once and end.")
    var once = false

    @Flag(help: "Read every file at the start, also those that have not changed since they were last read.")
    var full = false

    @Option(help: "Seconds between sweeps, which notice what kernel events miss.")
    var sweep: Double = 300

    @Option(help: "Share of files, from 0 to 1, that each sweep reads although their times did not change.")
    var sample: Double = 0.01

    @Option(help: "Seconds between complete readings; 0 for none.")
    var audit: Double = 86_400

    @Option(help: "text or jsonl.")
    var format: EventFormat = .text

    @Option(help: "Send alarms to this address as JSON.")
    var webhook: String?

    @Flag(help: "Send events to the system's log.")
    var syslog = false

    @Option(
        name: .customLong("run"),
        help: "Run this command for every alarm; the event comes as JSON on its standard input.")
    var command: String?

    @Flag(help: "End with exit code 1 at the first alarm.")
    var exit = false

    @Flag(help: "With --release: at the first alarm, activate the newest other release that is as signed.")
    var rollback = false

    @Flag(help: "Refuse to open files that are not as signed (needs CAP_SYS_ADMIN).")
    var enforce = false

    @Flag(help: "Have the kernel seal the files once they were found as signed (fs-verity).")
    var seal = false

    func validate() throws {
        if path != nil, release != nil { throw ValidationError("a path and --release exclude each other") }
        if path == nil, release == nil { throw ValidationError("give a path, or --release STORE") }
        if once, enforce { throw ValidationError("--enforce needs a watch that goes on: leave --once out") }
        if signature != nil, release != nil { throw ValidationError("the store has the signature of its release") }
        if rollback, release == nil { throw ValidationError("--rollback belongs to --release") }
        guard (0...1).contains(sample) else {
            throw ValidationError("--sample takes a number from 0 to 1, not \(sample)")
        }
        guard sweep >= 1, sweep < 1e9, audit >= 0, audit < 1e9 else {
            throw ValidationError("--sweep takes seconds from 1, --audit from 0")
        }
    }

    func run() async throws {
        try await Terminal.integrity {
            let isOnlyOutput = webhook == nil && !syslog && command == nil && !rollback && !enforce
            let output = ClosureSink { event in
                // A watch that nobody can hear is not one.
                if !Self.print(event, format), isOnlyOutput {
                    Terminal.abandon("standard output is gone: the watch ends")
                }
            }
            let hook = try webhook.map { url in
                try WebhookSink(url) { problem in output.receive(WatchEvent(.response, detail: problem)) }
            }
            defer { hook?.finish() }
            var sinks: [any EventSink] = [output]
            if let hook { sinks.append(hook) }
            if syslog { sinks.append(SyslogSink()) }
            if let command { sinks.append(CommandSink(command) { output.receive($0) }) }
            let differences =
                if let release {
                    try await watch(store: release, SinkList(sinks))
                } else {
                    try await watch(tree: path ?? "", SinkList(sinks))
                }
            let isUnread = !differences.isEmpty && differences.allSatisfy { $0.kind == .unreadable }
            throw ExitCode(differences.isEmpty ? 0 : isUnread ? 2 : 1)
        }
    }

    private var comparer: TreeComparer {
        var comparer = TreeComparer()
        comparer.usesCache = !full
        return comparer
    }

    private var options: WatchOptions {
        var options = WatchOptions()
        options.sweepSeconds = sweep
        options.sampledShare = sample
        options.auditSeconds = audit > 0 ? audit : nil
        options.refusesOpening = enforce
        options.sealsFiles = seal
        options.isOnce = once
        options.stopsAtDifference = exit || rollback
        return options
    }

    private func watch(tree path: String, _ sink: SinkList) async throws -> [Difference] {
        let requirements = try signer.requirements(for: path, configuration)
        let signature = try signature ?? SignatureFinder.find(path, named: [])
        let bundle = try UnverifiedBundle.parse(
            try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit), file: signature)
        let manifest = try await AnyOf(requirements).first {
            try await ModelVerifier(EnvelopeVerifier($0)).manifest(bundle)
        }
        let watcher = TreeWatcher(
            try Tree(path), manifest, signature: signature, options: options, comparer: comparer, sink: sink)
        try await watcher.run()
        return watcher.differences
    }

    /// Watches the active release, and the next one when the pointer moves.
    private func watch(store path: String, _ sink: SinkList) async throws -> [Difference] {
        let store = try ReleaseStore(path)
        let requirements = try signer.requirements(for: path, configuration)
        while true {
            guard let id = store.activeID else {
                throw IntegrityFailure(
                    .wrongUse, "no release of the store is active; 'cordon release activate' makes one")
            }
            let manifest = try await store.manifest(id, requirements)
            var options = options
            options.isOver = { store.activeID != id }
            let watcher = TreeWatcher(
                try store.tree(id), manifest, signature: nil, options: options, comparer: comparer,
                sink: sink)
            try await watcher.run()
            let differences = watcher.differences
            if once || (differences.isEmpty && store.activeID == id) || (exit && !rollback) { return differences }
            if rollback, !differences.isEmpty, store.activeID == id {
                let (next, passedOver) = try await store.rollback(requirements)
                for reason in passedOver { sink.receive(WatchEvent(.response, detail: "passed over \(reason)")) }
                sink.receive(WatchEvent(.response, detail: "rolled back from \(id.prefix(12)) to \(next.prefix(12))"))
                if exit { return differences }
            }
            sink.receive(WatchEvent(.switched, detail: "release \(store.activeID?.prefix(12) ?? "none") is active"))
        }
    }

    /// Says whether anybody is there to read it.
    private static func print(_ event: WatchEvent, _ format: EventFormat) -> Bool {
        switch format {
        case .jsonl: Terminal.print(event.json)
        case .text: Terminal.print(Array((IntegrityText.line(event) + "\n").utf8))
        }
    }

    /// Formats of events.
    enum EventFormat: String, ExpressibleByArgument, CaseIterable { case text, jsonl }
}
