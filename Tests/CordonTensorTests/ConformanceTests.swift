import CordonTensor
import CordonTestSupport
import Glibc
import Testing

@Suite("ONNX conformance")
struct ConformanceTests {
    /// Cases whose expected values nobody else can give, and why.
    static let incomparable: [String: String] = {
        let random = ["test_bernoulli", "test_bernoulli_double", "test_bernoulli_seed"].flatMap {
            [$0, $0 + "_expanded"]
        }
        let dropped = ["", "_default", "_default_mask", "_mask"].map { "test_training_dropout" + $0 }
        let rounding = ["test_dft_inverse", "test_dft_inverse_opset19"]
        return Dictionary(
            uniqueKeysWithValues: (random + dropped).map { ($0, "NumPy's random numbers") }
                + rounding.map { ($0, "2e-7 where the exact value is 0, with a tolerance of 1e-7") })
    }()

    @Test(
        "The node tests that the onnx package ships pass for every operator that is supported",
        .enabled(if: NodeCase.suite != nil, "run 'make test-deps' for the suite"))
    func nodeTests() throws {
        let suite = try #require(NodeCase.suite)
        var (passed, total, others) = (0, 0, 0)
        var unsupported: [String: Int] = [:]
        var failures: [String] = []
        for kind in ["node", "simple", "pytorch-operator", "pytorch-converted"] {
            for name in Vectors.names("\(suite)/\(kind)") {
                total += 1
                switch NodeCase(path: "\(suite)/\(kind)/\(name)").check() {
                case .passed: passed += 1
                case .unsupported(let what): unsupported[what, default: 0] += 1
                case .failed where Self.incomparable[name] != nil: others += 1
                case .failed(let why): failures.append("\(name): \(why)")
                }
            }
        }
        let left = unsupported.values.reduce(0, +)
        print("ONNX conformance: \(total - left - others) supported, \(passed) passed, \(total) in all")
        print("  \(others) that cannot be compared: random numbers, or rounding errors of the expected values")
        for (what, count) in unsupported.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            print("  not supported, \(count): \(what.split(separator: ":").last ?? "")")
        }
        if let path = getenv("CORDON_CONFORMANCE") {
            let file = fopen(path, "w")
            for line in failures { fputs(line + "\n", file) }
            fclose(file)
        }
        #expect(failures.isEmpty, "\(failures.prefix(20).joined(separator: "\n"))")
        #expect(passed >= 600)
    }
}
