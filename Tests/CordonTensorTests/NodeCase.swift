import CordonFormats
import CordonTensor
import CordonTestSupport

/// One case of the suite that the `onnx` package ships: a model, inputs and what should come out.
struct NodeCase {
    /// The folder of the suite, or `nil` where `make test-deps` has not installed it.
    static let suite: String? = {
        let project = String(#filePath).split(separator: "/").dropLast(3).joined(separator: "/")
        let library = "/\(project)/.deps/engine/lib"
        for python in Vectors.names(library) {
            let path = "\(library)/\(python)/site-packages/onnx/backend/test/data"
            if !Vectors.names(path).isEmpty { return path }
        }
        return nil
    }()

    enum Outcome {
        case passed
        case unsupported(String)
        case failed(String)
    }

    let path: String

    func check() -> Outcome {
        do {
            let graph = try Graph(contentsOf: path + "/model.onnx")
            if let missing = graph.unsupported.first { return .unsupported(missing.name) }
            for set in Vectors.names(path) where set.hasPrefix("test_data_set") {
                if let difference = try difference(graph, "\(path)/\(set)") { return .failed(difference) }
            }
            return .passed
        } catch let failure as TensorFailure where failure.code == .unsupported {
            return .unsupported(failure.message)
        } catch { return .failed("\(error)") }
    }

    /// The values that the suite gives a model.
    static func inputs(_ graph: Graph, _ folder: String) throws -> [String: Value] {
        var inputs: [String: Value] = [:]
        for (index, input) in graph.program.graph.inputs.enumerated()
        where Vectors.names(folder).contains("input_\(index).pb") {
            inputs[input.name] = try value("\(folder)/input_\(index).pb", input.kind)
        }
        return inputs
    }

    private func difference(_ graph: Graph, _ folder: String) throws -> String? {
        let inputs = try Self.inputs(graph, folder)
        let results = try graph.run(inputs)
        for (index, output) in graph.outputs.enumerated() {
            let expected = try Self.value("\(folder)/output_\(index).pb", output.kind)
            guard let result = results[output.name] else { return "no '\(output.name)'" }
            if let text = try Self.compare(result, expected) { return "'\(output.name)': \(text)" }
        }
        return nil
    }

    private static func value(_ path: String, _ kind: ONNXValueInfo.Kind) throws -> Value {
        let view = ByteView(try ByteStorage.whole(path))
        return try value(view, kind)
    }

    private static func value(_ view: ByteView, _ kind: ONNXValueInfo.Kind) throws -> Value {
        switch kind {
        case .sequence(let element):
            return .sequence(try parts(view, [3, 5]).map { try value($0, element) })
        case .optional(let element):
            guard let inner = parts(view, [3, 5]).first else { return .nothing }
            return try value(inner, element)
        default: return try Value(ONNXReader.constant(view))
        }
    }

    /// Messages in these fields.
    private static func parts(_ view: ByteView, _ numbers: [Int]) -> [ByteView] {
        view.withSpan { span in
            var reader = ProtobufReader(0..<span.byteCount)
            var found: [ByteView] = []
            while let field = reader.next(span) {
                if numbers.contains(field.number), let range = field.range,
                    let part = view.part(offset: range.lowerBound, count: range.count)
                {
                    found.append(part)
                }
            }
            return found
        }
    }

    /// The suite's own tolerance: 1e-3 of the expected value, and 1e-7.
    static func compare(_ result: Value, _ expected: Value) throws -> String? {
        switch (result, expected) {
        case (.tensor(let a, let codeA), .tensor(let b, let codeB)):
            guard codeA == codeB else { return "type \(codeA) instead of \(codeB)" }
            guard a.shape == b.shape else { return "shape \(a.shape) instead of \(b.shape)" }
            if !a.type.isFloating {
                return try a.integers() == b.integers()
                    ? nil : "\(try a.integers().prefix(8)) instead of \(try b.integers().prefix(8))"
            }
            for (x, y) in zip(try a.doubles(), try b.doubles()) {
                if x == y || (x.isNaN && y.isNaN) || abs(x - y) <= 1e-7 + 1e-3 * abs(y) { continue }
                return "\(x) instead of \(y)"
            }
            return nil
        case (.texts(let a, let shapeA), .texts(let b, let shapeB)):
            return a == b && shapeA == shapeB ? nil : "\(a) instead of \(b)"
        case (.sequence(let a), .sequence(let b)):
            guard a.count == b.count else { return "\(a.count) values instead of \(b.count)" }
            for (x, y) in zip(a, b) { if let text = try compare(x, y) { return text } }
            return nil
        case (.nothing, .nothing): return nil
        default: return "another kind of value"
        }
    }
}
