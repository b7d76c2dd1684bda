import ArgumentParser
import CordonCore
import CordonData
import CordonFormats
import CordonModelDefense
import CordonReport
import CordonTensor
import Glibc

extension ModelCommand {
    /// `cordon model guard`.
    struct Guard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells rows that carry a trigger while a model is in use.",
            discussion: """
                The border is set on clean rows to a rate of false alarms. Then each line of standard input is one row, as \
                a JSON array of numbers in the model's own order, and gets one line back; or --rows names a dataset. \
                Answers: {"row":0,"class":3,"alarm":true,"score":9.1,"test":"strip"}; {"row":0,"error":"…"} for a \
                line that is no row. Exit code 0: all rows were answered. 1: some were not. 2: the guard cannot be set up.
                """)

        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "Clean rows, a hundred at least: a file or a folder, as for 'data info'.", completion: .file())
        var data: String
        @OptionGroup var inputs: RowOptions
        @Option(help: "Rows to answer for, instead of standard input.", completion: .file())
        var rows: String?
        @Option(name: .customLong("test"), help: "strip, activation or frequency; again for more. All unless said.")
        var tests: [String] = []
        @Option(help: "Share of clean rows that may be alarms.")
        var falseAlarms: Double = 0.01
        @Option(help: "Start of everything that is drawn.")
        var seed: UInt64 = 0

        func validate() throws {
            guard falseAlarms > 0, falseAlarms < 1 else {
                throw ValidationError("--false-alarms is a share between 0 and 1, not \(falseAlarms)")
            }
            for test in tests where ModelGuard.Test(rawValue: test) == nil {
                throw ValidationError("--test \(test): there are strip, activation and frequency")
            }
        }

        private var chosen: [ModelGuard.Test] {
            tests.isEmpty ? ModelGuard.Test.allCases : tests.compactMap(ModelGuard.Test.init)
        }

        func run() async throws {
            let failed = try ModelFiles.failing(model) {
                let options = try inputs.options()
                let (classifier, found) = try Classifier.open(
                    Graph(contentsOf: model), Dataset(data, options: inputs.columns.options()), options: options,
                    seed: seed)
                guard let samples = found else { throw DatasetFailure(.malformed, "\(data): no rows") }
                let modelGuard = try ModelGuard(
                    classifier, samples, tests: chosen, falseAlarms: falseAlarms, seed: seed)
                guard let rows else { return try answerLines(modelGuard, classifier) }
                let asked = try classifier.rows(
                    of: Dataset(rows, options: inputs.columns.options()), options: options)
                for (answer, number) in zip(try modelGuard(asked.rows), asked.numbers) {
                    Terminal.line(ModelGuardText.line(answer, row: number))
                }
                return asked.leftOut
            }
            if failed > 0 { throw ExitCode(1) }
        }

        /// Characters that a number and what parts it from the next may take.
        private static let digits = 40

        /// Answers standard input line by line; how many lines were no rows.
        private func answerLines(_ modelGuard: ModelGuard, _ classifier: Classifier) throws -> Int {
            var (number, failed) = (0, 0)
            let count = classifier.shape.reduce(1, *)
            var lines = BoundedLines(limit: count * Self.digits + 1024)
            while let line = lines.next() {
                defer { number += 1 }
                guard let values = line.text.flatMap({ ModelGuardText.numbers($0, count: count) }) else {
                    failed += 1
                    Terminal.line(ModelGuardText.refusal(row: number, "\(count) numbers in a JSON array are wanted"))
                    continue
                }
                let row = try classifier.row(values)
                for answer in try modelGuard(row) { Terminal.line(ModelGuardText.line(answer, row: number)) }
            }
            return failed
        }
    }
}

/// Lines of standard input of at most so many bytes; longer ones are passed over and told.
struct BoundedLines {
    private let limit: Int
    private var bytes: [UInt8] = []
    private var isEnded = false

    init(limit: Int) { self.limit = limit }

    /// The next line without its end, `text` `nil` where it is too long; `nil` at the end.
    mutating func next() -> (text: String?, bytes: Int)? {
        var (line, isLong, length): ([UInt8], Bool, Int) = ([], false, 0)
        while true {
            if let end = bytes.firstIndex(of: 0x0A) {
                length += end
                if !isLong { line += bytes[..<end] }
                bytes.removeFirst(end + 1)
                return finished(line, isLong || line.count > limit, length)
            }
            length += bytes.count
            isLong = isLong || line.count + bytes.count > limit
            line = isLong ? [] : line + bytes
            bytes = isEnded ? [] : Self.read()
            if bytes.isEmpty {
                isEnded = true
                return length == 0 ? nil : finished(line, isLong, length)
            }
        }
    }

    private func finished(_ line: [UInt8], _ isLong: Bool, _ length: Int) -> (text: String?, bytes: Int) {
        (isLong ? nil : String(decoding: line, as: UTF8.self), length)
    }

    private static func read() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, count)))
        }
    }
}
