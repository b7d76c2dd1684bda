internal import CordonCore
public import CordonTensor

/// One question about a row at run time.
protocol GuardTest: Sendable {
    var kind: ModelGuard.Test { get }
    /// How strange each row is; high is strange.
    func scores(_ rows: Tensor, _ logits: Tensor, _ classifier: Classifier) throws -> [Double]
}

/// Tells rows that carry a trigger while a model is in use: the runtime side of POISONROBUSTMODEL.
///
/// Each test's scores are ranked among those of clean rows with the same predicted class; a row's score is its strangest rank, and
/// the border is set on clean rows to a stated rate of false alarms.
public struct ModelGuard: Sendable {
    /// Tests by name.
    public enum Test: String, CaseIterable, Sendable {
        /// Classes under other rows.
        case strip
        /// The last hidden layer.
        case activation
        /// Fine detail of pictures.
        case frequency
    }
    /// What is said of one row.
    public struct Answer: Sendable {
        /// The class that the model gives.
        public let label: Int
        /// Whether it is stranger than clean rows are.
        public let isAlarm: Bool
        /// Deviations beyond clean rows.
        public let score: Double
        /// The test that found it strangest.
        public let test: Test
    }

    /// The tests that the model and its rows allow.
    public var tests: [Test] { all.map(\.kind) }
    /// The score beyond which a row is an alarm.
    public let border: Double
    private let classifier: Classifier
    private let all: [any GuardTest]
    /// Middle and spread of each test's scores among clean rows.
    private let usual: [(middle: Double, spread: Double)]

    private static let fewestRows = 100

    /// Calibrates a guard.
    ///
    /// - Parameters:
    ///   - classifier: the model.
    ///   - samples: clean rows, a hundred at least; one in two is used to set the border.
    ///   - chosen: tests to make, of those that the model allows.
    ///   - falseAlarms: share of clean rows that may be alarms, above 0 and below 1.
    /// - Throws: ``TensorFailure/Code/shape`` where rows are too few, ``TensorFailure/Code/unsupported`` where the model allows
    ///   none of the tests.
    public init(
        _ classifier: Classifier, _ samples: SampleRows, tests chosen: [Test] = Test.allCases,
        falseAlarms: Double = 0.01, seed: UInt64 = 0
    ) throws {
        guard samples.count >= Self.fewestRows, falseAlarms > 0, falseAlarms < 1 else {
            throw TensorFailure(
                .shape, "\(samples.count) clean rows are too few to set a border; \(Self.fewestRows) are wanted")
        }
        self.classifier = classifier
        var random = SplitMix(state: seed &+ 59)
        let order = Array(0..<samples.count).shuffled(using: &random)
        let learned = try samples.picking(order.prefix(samples.count / 2).sorted())
        let asked = try samples.picking(order.dropFirst(samples.count / 2).sorted())
        var tests: [any GuardTest] = [try StripTest(classifier, learned, seed: seed)]
        if let distance = try ActivationDistance(classifier, learned) { tests.append(distance) }
        if classifier.isPicture, classifier.shape[1] > 2, classifier.shape[2] > 2 { tests.append(FrequencyTest()) }
        tests.removeAll { !chosen.contains($0.kind) }
        guard !tests.isEmpty else {
            throw TensorFailure(
                .unsupported, "the model allows none of the tests \(chosen.map(\.rawValue).joined(separator: ", "))")
        }
        all = tests
        let scores = try Self.scores(asked.rows, tests, classifier).scores
        let usual = scores.map { own -> (middle: Double, spread: Double) in
            let sorted = own.sorted()
            let middle = sorted[sorted.count / 2]
            // The upper side counts: from the middle to the 95th part of a hundred is 1.645 deviations.
            return (middle, max(1e-9, (sorted[sorted.count * 95 / 100] - middle) / 1.645))
        }
        self.usual = usual
        let joined = asked.labels.indices.map { row in
            zip(scores, usual).map { ($0[row] - $1.middle) / $1.spread }.max() ?? 0
        }.sorted()
        let allowed = Int(Double(joined.count) * falseAlarms)
        border = joined[max(0, joined.count - 1 - allowed)]
    }

    private static func scores(
        _ rows: Tensor, _ tests: [any GuardTest], _ classifier: Classifier
    ) throws -> (labels: [Int], scores: [[Double]]) {
        let logits = try classifier.scores(rows)
        return (try logits.argmax(1), try tests.map { try $0.scores(rows, logits, classifier) })
    }

    /// Answers for some rows, as the classifier takes them.
    ///
    /// - Complexity: about twenty runs of the model for each row.
    public func callAsFunction(_ rows: Tensor) throws -> [Answer] {
        var answers: [Answer] = []
        for start in stride(from: 0, to: rows.shape[0], by: Self.block) {
            let part = try rows.sliced(0, start, min(rows.shape[0], start + Self.block))
            let (labels, scores) = try Self.scores(part, all, classifier)
            for (row, label) in labels.enumerated() {
                var best = (score: -Double.infinity, test: Test.strip)
                for (place, test) in all.enumerated() {
                    let score = (scores[place][row] - usual[place].middle) / usual[place].spread
                    if score > best.score { best = (score, test.kind) }
                }
                answers.append(
                    Answer(label: label, isAlarm: best.score > border, score: best.score, test: best.test))
            }
        }
        return answers
    }

    private static let block = 64
}
