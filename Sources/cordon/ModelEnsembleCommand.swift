import ArgumentParser
import CordonCore
import CordonData
import CordonModelDefense
import CordonReport
import CordonSigning
import CordonTensor
import Glibc

extension ModelCommand {
    /// `cordon model ensemble`.
    struct EnsembleGroup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ensemble",
            abstract:
                "Models that were trained on parts of a dataset vote; how much poison cannot have changed the vote.",
            subcommands: [TrainMembers.self, Predict.self, Certify.self])
    }

    /// `cordon model ensemble train`.
    struct TrainMembers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train",
            abstract:
                "Divides a dataset by content and trains a member on each part, in a process and a folder of its own.",
            discussion: """
                OUTPUT is a new folder: ensemble.json, classes.json and member-0000 and so on, each with its rows, their manifest, the \
                model and what training printed. Without a command after -- the built-in trainer is used. A command is run for \
                each member with {data}, {model}, {classes} and {member} replaced, without a shell, and has to write {model}: \
                an ONNX classifier with the outputs in the order of classes.json. Members whose answers stand out are told. Exit code 0: \
                trained. 1: a member stands out, or some rows could not be read. 2: it could not be trained.
                """)

        @Argument(help: "Rows with labels: a file or a folder, as for 'data info'.", completion: .file())
        var data: String
        @Argument(parsing: .postTerminator, help: "A command that trains one member.")
        var command: [String] = []
        @Option(name: .shortAndLong, help: "A folder that is not there yet.", completion: .directory)
        var output: String
        @Option(help: "Each member gets about one row in so many, at least 2.") var parts: Int
        @Option(help: "Members that each row goes to; parts times spread members in all.") var spread = 1
        @Option(help: "Members that are trained at the same time.") var jobs = 1
        @Option(help: "Passes over a member's rows, for the built-in trainer.") var epochs = 10
        @Option(help: "Rate of learning at its highest, for the built-in trainer.") var rate = 0.002
        @OptionGroup var rows: RowOptions
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            guard (1...256).contains(jobs) else { throw ValidationError("--jobs is from 1 to 256, not \(jobs)") }
            if !command.isEmpty, !command.contains(where: { $0.contains("{model}") }) {
                throw ValidationError("the command does not say {model}: where does it write the member's model?")
            }
        }

        func run() async throws {
            let partition = try ModelFiles.failing(data) { try Partition(parts: parts, spread: spread) }
            let dataset = try ModelFiles.failing(data) { try Dataset(data, options: rows.columns.options()) }
            let classes = try ModelFiles.failing(data) { try ModelTraining.classes(of: dataset) }
            guard mkdir(output, 0o755) == 0 else {
                throw Terminal.failure(
                    "cannot make the folder '\(output)': \(String(cString: strerror(errno))). Choose another --output.")
            }
            try Terminal.write(EnsembleText.names(classes), to: output + "/classes.json")
            let unreadable = try divide(dataset, partition)
            var before = rusage()
            getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &before)
            try await train(partition)
            var after = rusage()
            getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &after)
            let seconds = Self.seconds(after) - Self.seconds(before)
            let deviations = try ModelFiles.failing(output) {
                let members = try (0..<partition.members).map { member in
                    let folder = EnsembleText.folder(member)
                    let bytes = try SmallFile.contents(
                        "\(output)/\(folder)/model.onnx", what: "model of member \(member)", limit: 1 << 31)
                    return Ensemble.Member(
                        model: folder + "/model.onnx", data: folder + "/data.parquet",
                        digest: Digest.sha256(of: bytes).hex, rate: 0)
                }
                let made = try Ensemble(partition: partition, classes: classes, members: members)
                let (ensemble, deviations) = try EnsembleRun(made, folder: output)
                    .calibrated(on: dataset, options: rows.options())
                try Terminal.write(ensemble.json, to: "\(output)/\(Ensemble.fileName)")
                return deviations
            }
            if !quiet {
                Terminal.note(
                    "\(partition.members) members in '\(output)', \(Float((seconds * 10).rounded() / 10)) CPU seconds of training"
                )
                for line in EnsembleText.deviations(deviations) { Terminal.note(line) }
                if unreadable > 0 { Terminal.note("  \(unreadable) rows could not be read and are nowhere") }
            }
            if unreadable > 0 || deviations.contains(where: { $0.isDeviating }) { throw ExitCode(1) }
        }

        private static func seconds(_ usage: rusage) -> Double {
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        }

        /// Every member's rows in its folder; how many rows could not be read.
        private func divide(_ dataset: Dataset, _ partition: Partition) throws -> Int {
            try ModelFiles.failing(data) {
                for member in 0..<partition.members {
                    let folder = "\(output)/\(EnsembleText.folder(member))"
                    guard mkdir(folder, 0o755) == 0 else {
                        throw DatasetFailure(
                            .system, "cannot make the folder '\(folder)': \(String(cString: strerror(errno)))")
                    }
                }
                let progress = StatusLine()
                defer { progress.clear() }
                return try partition.write(dataset, format: .parquet) {
                    "\(output)/\(EnsembleText.folder($0))/data.parquet"
                } progress: {
                    progress.update($0)
                }.unreadable
            }
        }

        private func train(_ partition: Partition) async throws {
            let progress = StatusLine()
            defer { progress.clear() }
            var environment = Terminal.environment
            let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            environment["OMP_NUM_THREADS"] = environment["OMP_NUM_THREADS"] ?? "\(max(1, cores / jobs))"
            let settings = environment
            try await withThrowingTaskGroup(of: Int.self) { group in
                var next = 0
                func add() {
                    let member = next
                    next += 1
                    group.addTask { try trainOne(member, settings) }
                }
                while next < min(jobs, partition.members) { add() }
                var done = 0
                while try await group.next() != nil {
                    done += 1
                    progress.update(trial: "members", done, partition.members)
                    if next < partition.members { add() }
                }
            }
        }

        private static let logLimit = 16 << 20

        /// Trains one member and keeps what was printed.
        private func trainOne(_ member: Int, _ environment: [String: String]) throws -> Int {
            let folder = "\(output)/\(EnsembleText.folder(member))"
            let (data, model) = (folder + "/data.parquet", folder + "/model.onnx")
            var words = command
            if words.isEmpty {
                words = [
                    Terminal.executable, "model", "train", "{data}", "--output", "{model}", "--classes", "{classes}",
                    "--epochs", "\(epochs)", "--rate", "\(rate)", "--seed", "\(seed &+ UInt64(member))",
                ]
                words += rows.arguments
            }
            let replaced = words.map { word in
                word.replacing("{data}", with: data).replacing("{model}", with: model)
                    .replacing("{classes}", with: output + "/classes.json").replacing("{member}", with: "\(member)")
            }
            let (printed, status): ([UInt8], Int32)
            do {
                (printed, status) = try Program.run(replaced, environment: environment, outputLimit: Self.logLimit)
            } catch { throw Terminal.failure("member \(member): \(error.message)") }
            try Terminal.write(printed, to: folder + "/log.txt")
            // The built-in trainer ends with 1 where rows were left out.
            guard status == 0 || command.isEmpty && status == 1, access(model, R_OK) == 0 else {
                let last = String(decoding: printed.suffix(400), as: UTF8.self).split(separator: "\n").last ?? ""
                throw Terminal.failure(
                    "member \(member) was not trained (exit code \(status)): \(PrintableText.quoting(String(last), limit: 300)); see '\(folder)/log.txt'"
                )
            }
            return member
        }
    }

    /// `cordon model ensemble predict`.
    struct Predict: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Writes the class of every row by the members' vote, and how many poisoned rows could not have changed it.",
            discussion: """
                Columns: row, class, votes, certified. Members that name another class than the vote more often than their \
                calibration and the others lead to expect are told, with the file that leads to their rows. Exit code 0: written. \
                1: a member deviates, or some rows could not be read. 2: nothing was written.
                """)

        @Argument(help: "The folder of the ensemble.", completion: .directory) var ensemble: String
        @Option(help: "The dataset: a file or a folder.", completion: .file()) var data: String
        @Option(name: .shortAndLong, help: "Where results go: .parquet, .csv, .jsonl or .npz.", completion: .file())
        var output: String
        @Option(help: "vote or run-off.") var rule = "run-off"
        @OptionGroup var members: MemberOptions
        @OptionGroup var rows: RowOptions
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            guard Election.Rule(rawValue: rule) != nil else {
                throw ValidationError("--rule \(rule): there are vote and run-off")
            }
        }

        func run() async throws {
            let format = try DataFiles.format(output, besides: data)
            let place = Election.Rule.allCases.firstIndex { $0.rawValue == rule } ?? 0
            let result = try ModelFiles.failing(ensemble) {
                let (description, run) = try members.open(ensemble)
                let writer = try TableWriter(output, format: format, fields: EnsembleText.fields)
                let progress = StatusLine()
                defer { progress.clear() }
                var done = 0
                let start = ContinuousClock.now
                let result = try run.run(
                    Dataset(data, options: rows.columns.options()), options: rows.options()
                ) { decided in
                    try writer.write(EnsembleText.batch(decided, place, description.classes))
                    done += decided.count
                    progress.update(done)
                }
                try writer.finish()
                progress.clear()
                let seconds = BatchInference.seconds(since: start)
                if !quiet {
                    Terminal.note(
                        "\(done) rows to '\(output)' (\(Int(Double(done) / max(seconds, 1e-9))) rows a second)")
                }
                return result
            }
            if !quiet {
                for line in EnsembleText.deviations(result.deviations, folder: ensemble) { Terminal.note(line) }
                if result.unreadable > 0 { Terminal.note("  \(result.unreadable) rows could not be read") }
            }
            if result.unreadable > 0 || result.deviations.contains(where: { $0.isDeviating }) { throw ExitCode(1) }
        }
    }

    /// `cordon model ensemble certify`.
    struct Certify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How accurate the vote is, and stays whatever so many poisoned rows do.",
            discussion: """
                Certified accuracy for n rows: the share of rows that get their label, and would get it whatever n rows had been \
                added to or removed from the dataset. Exit code 0: measured. 1: some rows could not be read. 2: it could not be.
                """)

        @Argument(help: "The folder of the ensemble.", completion: .directory) var ensemble: String
        @Option(help: "Rows with labels that were not trained on.", completion: .file()) var data: String
        @OptionGroup var members: MemberOptions
        @OptionGroup var rows: RowOptions
        @Option(help: "text or json.") var format: ListFormat = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func run() async throws {
            let (curve, unreadable) = try ModelFiles.failing(ensemble) {
                let (description, run) = try members.open(ensemble)
                var curve = CertifiedAccuracy(classes: description.classes)
                let progress = StatusLine()
                defer { progress.clear() }
                let result = try run.run(
                    Dataset(data, options: rows.columns.options()), options: rows.options()
                ) { decided in
                    try curve.add(decided)
                    progress.update(curve.rows)
                }
                return (curve, result.unreadable)
            }
            let text =
                format == .json
                ? EnsembleText.json(curve, path: ensemble)
                : Array(EnsembleText.render(curve, path: ensemble, colour: output == nil && Terminal.wantsColour).utf8)
            try Terminal.write(text, to: output)
            if unreadable > 0 { throw ExitCode(1) }
        }
    }
}

/// Which members vote.
struct MemberOptions: ParsableArguments {
    @Option(help: "Members that do not vote, by number, separated by commas.") var exclude: String?

    private static let descriptionLimit = 64 << 20

    func open(_ folder: String) throws -> (Ensemble, EnsembleRun) {
        let path = "\(folder)/\(Ensemble.fileName)"
        guard let bytes = SmallFile.read(path, limit: Self.descriptionLimit) else {
            throw DatasetFailure(
                .system, "cannot read '\(path)'; name a folder that 'cordon model ensemble train' made")
        }
        var excluded: Set<Int> = []
        for part in exclude?.split(separator: ",") ?? [] {
            guard let number = Int(part) else {
                throw DatasetFailure(.argument, "--exclude wants numbers of members, not '\(part)'")
            }
            excluded.insert(number)
        }
        let ensemble = try Ensemble(json: bytes, name: path)
        return (ensemble, try EnsembleRun(ensemble, folder: folder, excluding: excluded))
    }
}
