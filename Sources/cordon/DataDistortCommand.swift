import ArgumentParser
import CordonData
import CordonDataDefense
import CordonReport
import CordonTensor

extension DataCommand {
    /// `cordon data distort`.
    struct Distort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a distorted copy of a dataset, so that triggers in it stop working; measures the effect.",
            discussion: """
                --method is NAME or NAME=AMOUNT, and can be repeated. Pictures: gaussian, laplace, salt-and-pepper, smoothing, \
                jpeg, bits, erasing, colour. Texts: characters, words, dropout. Tables: gaussian, laplace, salt-and-pepper, \
                bits, dropout, fields (columns that go, by name or ranked). All: private (differential privacy, =EPSILON), \
                trim; pictures and tables: lid, bagging, which choose rows. --effect plants canary triggers, trains small \
                models with and without each method and prints accuracy beside attack success. The original stays; \
                OUTPUT.manifest.csv leads every row back to it. Exit code 0: done. 1: some rows could not be read. 2: nothing \
                was written.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @OptionGroup var target: CopyOptions
        @Option(name: [.customLong("method"), .customShort("m")], help: "NAME or NAME=AMOUNT; can be repeated.")
        var methods: [String] = []
        @Option(name: .customLong("bound"), help: "COLUMN=LOW,HIGH: limits for 'private' that are not from the data.")
        var bounds: [String] = []
        @Flag(help: "Measure what the methods do to planted triggers; without --method, each that fits.")
        var effect = false
        @OptionGroup var experiment: ExperimentOptions
        @OptionGroup var columns: ColumnOptions
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            try experiment.check()
            guard target.output != nil || effect else {
                throw ValidationError("name --output for a copy, or --effect for an experiment")
            }
            guard !methods.isEmpty || target.output == nil else {
                throw ValidationError(
                    "name at least one --method; 'cordon data distort \(path) --effect' measures those that fit")
            }
        }

        func run() async throws {
            let unreadable = try DataFiles.failing {
                let dataset = try Dataset(path, options: columns.options())
                let steps = try methods.map { text throws(DatasetFailure) in try Distortion(text) }
                if effect { try measure(dataset, steps) }
                return try target.output == nil ? 0 : write(dataset, steps)
            }
            if unreadable > 0 { throw ExitCode(1) }
        }

        private func measure(_ dataset: Dataset, _ steps: [Distortion]) throws {
            var effect = DistortionEffect()
            (effect.poisonShare, effect.seeds, effect.seed) = (experiment.poisonShare, experiment.seeds, seed)
            let tried = steps.isEmpty ? try DistortionEffect.usual(for: dataset) : [steps]
            let progress = StatusLine()
            let report = try effect.run(dataset, tried) { progress.update(trial: $0, $1, $2) }
            progress.clear()
            try experiment.write(report, path)
        }

        /// - Returns: rows that could not be read.
        private func write(_ dataset: Dataset, _ steps: [Distortion]) throws -> Int {
            var distortion = try DataDistortion(steps)
            distortion.seed = seed
            for bound in bounds {
                let (name, limits) = try Self.bound(bound)
                distortion.bounds[name] = limits
            }
            let progress = StatusLine()
            let (to, name) = try target.target(besides: [path])
            let result = try distortion.write(dataset, to: to) { progress.update($0) }
            progress.clear()
            guard !quiet else { return result.unreadable }
            Terminal.note("\(result.rows) rows to '\(name)': \(steps.map(\.description).joined(separator: ", "))")
            if result.leftOut > 0 { Terminal.note("  \(result.leftOut) rows of the original are not there") }
            for entry in result.ranking {
                let memorised = Float((entry.memorization * 1000).rounded() / 10)
                let worth = Float((entry.accuracy * 1000).rounded() / 10)
                Terminal.note("  \(entry.name): \(memorised) % of memorising, \(worth) % of accuracy")
            }
            if !result.removedFields.isEmpty {
                Terminal.note("  without the columns \(result.removedFields.joined(separator: ", "))")
            }
            if !result.unboundedFields.isEmpty {
                Terminal.note(
                    "  limits of \(result.unboundedFields.prefix(8).joined(separator: ", ")) are the data's own, which epsilon does not cover; give --bound COLUMN=LOW,HIGH"
                )
            }
            if result.unreadable > 0 {
                Terminal.note("  \(result.unreadable) rows could not be read and are not there")
            }
            return result.unreadable
        }

        private static func bound(_ text: String) throws -> (String, ClosedRange<Double>) {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let limits = parts.count == 2 ? parts[1].split(separator: ",").map { Double($0) } : []
            guard limits.count == 2, let low = limits[0], let high = limits[1], low.isFinite, high.isFinite, low < high
            else { throw ValidationError("--bound wants COLUMN=LOW,HIGH, not '\(text)'") }
            return (parts[0], low...high)
        }
    }

    /// `cordon data augment`.
    struct Augment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Writes a dataset with more rows: changed copies, and sources known to be good; measures the dilution.",
            discussion: """
                Copies keep their labels: pictures are turned, moved, scaled and lit otherwise, never mirrored; texts lose and \
                swap words; numbers of tables are moved a little. Copies of poisoned rows are poisoned: only --clean sources \
                make the share of poison fall. --dilution plants canary triggers and prints the share of poison and the \
                attack success before and after. Exit code 0: done. 1: some rows could not be read. 2: nothing was written.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @OptionGroup var target: CopyOptions
        @Option(help: "Changed copies of each row.") var copies = 1
        @Option(help: "A source with the same columns that is known to be good; can be repeated.", completion: .file())
        var clean: [String] = []
        @Option(help: "Changed copies of each row of the clean sources.") var cleanCopies = 0
        @Option(help: "How much copies change, from 0.1 to 3.") var strength = 1.0
        @Flag(help: "Measure what the added rows do to planted triggers.")
        var dilution = false
        @OptionGroup var experiment: ExperimentOptions
        @OptionGroup var columns: ColumnOptions
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            try experiment.check()
            guard target.output != nil || dilution else {
                throw ValidationError("name --output for a larger copy, or --dilution for an experiment")
            }
        }

        func run() async throws {
            let unreadable = try DataFiles.failing {
                let dataset = try Dataset(path, options: columns.options())
                var augmentation = DataAugmentation()
                (augmentation.copies, augmentation.cleanCopies) = (copies, cleanCopies)
                (augmentation.strength, augmentation.seed) = (strength, seed)
                augmentation.clean = try clean.map { path throws(DatasetFailure) in
                    try Dataset(path, options: columns.options())
                }
                let progress = StatusLine()
                defer { progress.clear() }
                if dilution {
                    let report = try augmentation.dilution(
                        of: dataset, poisonShare: experiment.poisonShare, seeds: experiment.seeds
                    ) { progress.update(trial: $0, $1, $2) }
                    progress.clear()
                    try experiment.write(report, path)
                }
                guard target.output != nil else { return 0 }
                let (to, name) = try target.target(besides: [path] + clean)
                let result = try augmentation.write(dataset, to: to) { progress.update($0) }
                progress.clear()
                if !quiet {
                    Terminal.note(
                        "\(result.rows) rows to '\(name)': \(result.own) of the dataset, \(result.clean) of clean sources, copies included"
                    )
                    if result.unreadable > 0 {
                        Terminal.note("  \(result.unreadable) rows could not be read and are not there")
                    }
                }
                return result.unreadable
            }
            if unreadable > 0 { throw ExitCode(1) }
        }
    }
}

/// Where a changed copy of a dataset goes.
struct CopyOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Where rows go: .parquet, .csv, .jsonl or .npz; with a slash at its end a new folder of pictures.",
        completion: .file())
    var output: String?

    /// The target and its name; never one of the datasets that are read.
    func target(besides paths: [String]) throws -> (DataDistortion.Target, String) {
        let output = output ?? ""
        if output.hasSuffix("/") { return (.pictures(String(output.dropLast())), output) }
        let formats = try paths.map { try DataFiles.format(output, besides: $0) }
        return (.table(output, formats[0]), output)
    }
}

/// An experiment with planted triggers.
struct ExperimentOptions: ParsableArguments {
    @Option(help: "Share of rows that get a canary trigger in an experiment.") var poisonShare = 0.05
    @Option(help: "How often an experiment trains each model.") var seeds = 2
    @Option(help: "text or json, for the report of an experiment.") var format: ListFormat = .text
    @Option(help: "Write the report of an experiment to a file instead of standard output.", completion: .file())
    var report: String?

    func check() throws {
        guard (0.001...0.5).contains(poisonShare) else {
            throw ValidationError("--poison-share is from 0.001 to 0.5, not \(poisonShare)")
        }
        guard (1...20).contains(seeds) else { throw ValidationError("--seeds is from 1 to 20, not \(seeds)") }
    }

    func write(_ effect: EffectReport, _ path: String) throws {
        let text =
            format == .json
            ? EffectText.json(effect, path: path)
            : Array(EffectText.render(effect, path: path, colour: report == nil && Terminal.wantsColour).utf8)
        try Terminal.write(text, to: report, option: "--report")
    }
}

extension DataFiles {
    /// Turns failures of reading, checking and training into messages.
    static func failing<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as DatasetFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as DataCheckFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as TensorFailure {
            throw Terminal.failure(failure.message)
        }
    }
}

extension DataCommand {
    /// `cordon data null-label`.
    struct NullLabel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "null-label",
            abstract:
                "Adds changed rows with a class of their own, so that a model can refuse rows made to fool another.",
            discussion: """
                Train on OUTPUT with one class more than before; a row that gets the null class is refused, not classified. The \
                chance that a changed row is null is how often a small model is wrong about changes of its size. --effect \
                measures it: changes are made with one model, and given to models with and without null class. Exit code 0: \
                done. 1: some rows could not be read. 2: nothing was written.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @OptionGroup var target: CopyOptions
        @Option(help: "Rows that are added, as a share of those there are.") var share = 1.0
        @Flag(help: "Measure what the null class does to rows made to fool another model.")
        var effect = false
        @OptionGroup var columns: ColumnOptions
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            guard target.output != nil || effect else {
                throw ValidationError("name --output for a copy, or --effect for an experiment")
            }
        }

        func run() async throws {
            let unreadable = try DataFiles.failing {
                let dataset = try Dataset(path, options: columns.options())
                var labelling = NullLabelling()
                (labelling.share, labelling.seed) = (share, seed)
                let progress = StatusLine()
                defer { progress.clear() }
                if effect {
                    let found = try labelling.effect(on: dataset) { progress.update(trial: $0, $1, $2) }
                    progress.clear()
                    try Terminal.write(
                        Array(NullLabelText.render(found, path: path, colour: Terminal.wantsColour).utf8), to: nil)
                }
                guard target.output != nil else { return 0 }
                let (to, name) = try target.target(besides: [path])
                let result = try labelling.write(dataset, to: to) { progress.update($0) }
                progress.clear()
                if !quiet { Terminal.note(NullLabelText.words(result, name)) }
                return result.unreadable
            }
            if unreadable > 0 { throw ExitCode(1) }
        }
    }
}
