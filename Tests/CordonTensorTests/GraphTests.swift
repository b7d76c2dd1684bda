import CordonFormats
import CordonTensor
import CordonTestSupport
import Foundation
import Testing

@Suite("Graphs")
struct GraphTests {
    let folder = TemporaryFolder()

    private func program(_ nodes: [ONNXNode], inputs: [String] = ["x"], outputs: [String] = ["y"]) -> ONNXProgram {
        var program = ONNXProgram()
        program.operatorSets = ["": 21]
        program.graph.name = "test"
        program.graph.nodes = nodes
        program.graph.inputs = inputs.map {
            ONNXValueInfo(name: $0, kind: .tensor(type: 1, shape: [.named("n"), .fixed(2)]))
        }
        program.graph.outputs = outputs.map {
            ONNXValueInfo(name: $0, kind: .tensor(type: 1, shape: [.named("n"), .fixed(2)]))
        }
        return program
    }

    private func constant(_ name: String, _ shape: [Int], _ numbers: [Float]) -> ONNXConstant {
        ONNXConstant(
            name: name, type: 1, shape: shape, data: .bytes(ByteView(copying: numbers.withUnsafeBytes { Array($0) })))
    }

    private func run(_ program: ONNXProgram) throws -> [Float] {
        let graph = try Graph(program)
        return try graph(["x": Tensor([1.0, -2], shape: [1, 2])])["y"]?.floats() ?? []
    }

    // MARK: Bad models

    @Test("Nodes out of order are put in order; a circle is refused with the nodes that wait")
    func order() throws {
        let relu = ONNXNode("Relu", name: "last", inputs: ["h"], outputs: ["y"])
        let neg = ONNXNode("Neg", name: "first", inputs: ["x"], outputs: ["h"])
        #expect(try run(program([relu, neg])) == [0, 2])
        let circle = [
            ONNXNode("Add", name: "a", inputs: ["x", "c"], outputs: ["b"]),
            ONNXNode("Neg", name: "n", inputs: ["b"], outputs: ["c"]),
            ONNXNode("Relu", name: "r", inputs: ["c"], outputs: ["y"]),
        ]
        let failure = #expect(throws: TensorFailure.self) { try run(program(circle)) }
        #expect(failure?.message.contains("'a' (Add)") == true)
    }

    @Test("Unsupported operators are told all at once, with their nodes, before anything runs")
    func unsupported() throws {
        let nodes = [
            ONNXNode("Frobnicate", name: "one", inputs: ["x"], outputs: ["h"]),
            ONNXNode("Twist", name: "two", domain: "acme", inputs: ["h"], outputs: ["y"]),
        ]
        let graph = try Graph(program(nodes))
        #expect(graph.unsupported.map(\.name) == ["Frobnicate", "acme.Twist"])
        let failure = #expect(throws: TensorFailure.self) { try graph(["x": Tensor([1.0, 2], shape: [1, 2])]) }
        #expect(failure?.code == .unsupported)
        #expect(failure?.message.contains("Frobnicate ('one'") == true)
        #expect(failure?.message.contains("acme.Twist ('two'") == true)
    }

    @Test(
        "A failure names the node, a wrong input its name and what it wants",
        arguments: [
            ("MatMul", "node 'bad' (MatMul)"), ("Concat", "node 'bad' (Concat)"), ("Reshape", "node 'bad' (Reshape)"),
            ("Gather", "node 'bad' (Gather)"), ("Conv", "node 'bad' (Conv)"),
        ])
    func failing(_ type: String, _ words: String) throws {
        var model = program([
            ONNXNode(type, name: "bad", inputs: ["x", "k"], outputs: ["y"], attributes: ["axis": .integer(7)])
        ])
        model.graph.constants = [constant("k", [3, 5], [Float](repeating: 1e9, count: 15))]
        let failure = #expect(throws: TensorFailure.self) { try run(model) }
        #expect(failure?.message.hasPrefix(words) == true, "\(failure?.message ?? "")")
        let graph = try Graph(program([ONNXNode("Relu", inputs: ["x"], outputs: ["y"])]))
        for bad in [try Tensor([1.0, 2, 3], shape: [1, 3]), try Tensor([1, 2] as [Int64], shape: [1, 2])] {
            let failure = #expect(throws: TensorFailure.self) { try graph(["x": bad]) }
            #expect(failure?.message.contains("input 'x' wants") == true)
        }
        #expect(throws: TensorFailure.self) { try graph([:]) }
        #expect(throws: TensorFailure.self) { try graph(["z": Tensor([1.0, 2], shape: [1, 2])]) }
    }

    @Test("Memory and steps are bounded: a giant tensor and a loop without end are refused")
    func bounded() throws {
        var giant = program([ONNXNode("ConstantOfShape", name: "giant", inputs: ["s"], outputs: ["y"])])
        let extents = [1 << 22, 1 << 22].map(Int64.init).withUnsafeBytes { Array($0) }
        giant.graph.constants = [ONNXConstant(name: "s", type: 7, shape: [2], data: .bytes(ByteView(copying: extents)))]
        let failure = #expect(throws: TensorFailure.self) { try run(giant) }
        #expect(failure?.code == .memory || failure?.code == .shape, "\(failure?.message ?? "")")
        var body = ONNXGraph()
        body.inputs = ["i", "c", "v"].map { ONNXValueInfo(name: $0, kind: .other) }
        body.nodes = [
            ONNXNode("Identity", inputs: ["c"], outputs: ["c2"]), ONNXNode("Neg", inputs: ["v"], outputs: ["v2"]),
        ]
        body.outputs = ["c2", "v2"].map { ONNXValueInfo(name: $0, kind: .other) }
        let loop = program([
            ONNXNode(
                "Loop", name: "forever", inputs: ["", "", "x"], outputs: ["y"], attributes: ["body": .graph(body)])
        ])
        var options = RunOptions()
        options.stepLimit = 10_000
        #expect(throws: TensorFailure.self) {
            try Graph(loop)(["x": Tensor([1.0, 2], shape: [1, 2])], options: options)
        }
        options.isCancelled = { true }
        let stopped = #expect(throws: TensorFailure.self) {
            try Graph(loop)(["x": Tensor([1.0, 2], shape: [1, 2])], options: options)
        }
        #expect(stopped?.code == .cancelled)
    }

    @Test("Functions that call each other twice are refused before they become millions of nodes")
    func expandingFunctions() throws {
        var model = program([ONNXNode("F0", domain: "f", inputs: ["x"], outputs: ["y"])])
        model.operatorSets["f"] = 1
        for level in 0..<25 {
            var function = ONNXFunction(name: "F\(level)", domain: "f", inputs: ["a"], outputs: ["c"])
            function.nodes =
                level == 24
                ? [ONNXNode("Abs", inputs: ["a"], outputs: ["c"])]
                : [
                    ONNXNode("F\(level + 1)", domain: "f", inputs: ["a"], outputs: ["b"]),
                    ONNXNode("F\(level + 1)", domain: "f", inputs: ["b"], outputs: ["c"]),
                ]
            model.functions.append(function)
        }
        let graph = try Graph(model)
        let failure = #expect(throws: TensorFailure.self) { try graph(["x": Tensor([1.0], shape: [1])]) }
        #expect(failure?.message.contains("expand") == true, "\(failure?.message ?? "")")
    }

    @Test(
        "External data is read from the model's folder and from nowhere else",
        arguments: [
            ("weights.bin", true), ("../outside.bin", false), ("/etc/passwd", false), ("sub/../../outside.bin", false),
            ("link.bin", false),
        ])
    func external(_ location: String, _ isFine: Bool) throws {
        let weights = [Float](arrayLiteral: 3, 4).withUnsafeBytes { Array($0) }
        folder.write(weights, to: "model/weights.bin")
        folder.write(weights, to: "outside.bin")
        try? FileManager.default.createSymbolicLink(
            atPath: folder.path + "/model/link.bin", withDestinationPath: "../outside.bin")
        var model = program([ONNXNode("Add", inputs: ["x", "w"], outputs: ["y"])])
        model.graph.constants = [constant("w", [1, 2], [0, 0])]
        let bytes = try ExternalModel.write(model, location: location)
        let path = folder.write(bytes, to: "model/m.onnx")
        if isFine {
            let graph = try Graph(contentsOf: path)
            #expect(try graph(["x": Tensor([1.0, 1], shape: [1, 2])])["y"]?.floats() == [4, 5])
            _ = try Graph(describing: path)
        } else {
            let failure = #expect(throws: TensorFailure.self) { try Graph(contentsOf: path) }
            #expect(failure?.message.contains("'w'") == true, "\(failure?.message ?? "")")
            #expect(throws: TensorFailure.self) { try Graph(describing: path) }
        }
    }

    @Test("A model cut anywhere is refused or read, never a crash")
    func cut() throws {
        let graph = try GraphBuilder.smallCNN(channels: 1, height: 8, width: 8, classes: 2)
        let bytes = try graph.onnx()
        for count in stride(from: 0, to: min(bytes.count, 3000), by: 13) {
            let part = ByteView(copying: Array(bytes.prefix(count)))
            _ = try? Graph(part)
        }
    }

    // MARK: Reading values in between, changing, writing

    @Test("Values in between are readable by name, and the last hidden layer is found")
    func between() throws {
        let graph = try GraphBuilder.perceptron(features: 2, hidden: [4], classes: 3, seed: 2)
        let hidden = try #require(graph.lastHiddenName)
        let results = try graph(["input": Tensor([1.0, 2], shape: [1, 2])], wanted: [hidden, "output"])
        #expect(results[hidden]?.shape == [1, 4])
        #expect(results["output"]?.shape == [1, 3])
    }

    @Test("Masked channels give zero, changed weights change the result, and the copy before stays as it was")
    func editing() throws {
        let graph = try GraphBuilder.perceptron(features: 2, hidden: [4], classes: 3, seed: 2)
        var changed = graph
        try changed.maskChannels(of: "gemm1", [0, 2])
        let (x, names) = (try Tensor([1.0, 2], shape: [1, 2]), ["relu2/output"])
        let hidden = try changed(["input": x], wanted: names)["relu2/output"]?.floats() ?? []
        #expect(hidden[0] == 0 && hidden[2] == 0)
        #expect(try graph(["input": x])["output"]?.floats() != changed(["input": x])["output"]?.floats())
        #expect(throws: TensorFailure.self) { try changed.maskChannels(of: "gemm1", [9]) }
        #expect(throws: TensorFailure.self) { try changed.setWeight("layer1/weight", Tensor([1.0], shape: [1])) }
    }

    @Test(
        "What is written passes the checker of the onnx package",
        .enabled(if: NodeCase.suite != nil, "run 'make test-deps' for the checker"))
    func checker() throws {
        var graph = try GraphBuilder.residualNetwork(channels: 3, height: 16, width: 16, classes: 4, base: 8)
        try graph.maskChannels(of: "conv1", [1])
        let path = folder.write(try graph.onnx(), to: "m.onnx")
        let python = try #require(NodeCase.suite).components(separatedBy: "/lib/")[0] + "/bin/python"
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", "import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)", path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(
        "Every model of the suite is the same after it was written and read again",
        .enabled(if: NodeCase.suite != nil, "run 'make test-deps' for the suite"))
    func rewriting() throws {
        let suite = try #require(NodeCase.suite) + "/node"
        for name in Vectors.names(suite) {
            guard let graph = try? Graph(contentsOf: "\(suite)/\(name)/model.onnx"), let bytes = try? graph.onnx()
            else { continue }
            let again = try Graph(ByteView(copying: bytes))
            #expect(try again.onnx() == bytes, "\(name)")
        }
    }

    @Test("Optimised or not, a graph gives the same")
    func optimised() throws {
        let graph = try GraphBuilder.residualNetwork(channels: 3, height: 8, width: 8, classes: 4, base: 8, seed: 3)
        let x = try Tensor((0..<192).map { Float($0 % 11) / 11 }, shape: [1, 3, 8, 8])
        let quick = try graph(["input": x])["output"]?.floats() ?? []
        let plain = try graph(["input": x], wanted: graph.allNames)["output"]?.floats() ?? []
        #expect(zip(quick, plain).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}

extension Graph {
    /// Names of all values, so that nothing may be fused.
    var allNames: [String] { program.graph.nodes.flatMap(\.outputs) }
}

/// A model whose only constant lies in another file.
enum ExternalModel {
    static func write(_ model: ONNXProgram, location: String) throws -> [UInt8] {
        var wire = ProtobufWriter()
        wire.integer(1, 10)
        wire.message(7) { graph in
            for node in model.graph.nodes {
                graph.message(1) { wire in
                    for name in node.inputs { wire.text(1, name) }
                    for name in node.outputs { wire.text(2, name) }
                    wire.text(4, node.type)
                }
            }
            graph.message(5) { tensor in
                tensor.integer(1, 1)
                tensor.integer(1, 2)
                tensor.integer(2, 1)
                tensor.text(8, "w")
                tensor.message(13) { entry in
                    entry.text(1, "location")
                    entry.text(2, location)
                }
                tensor.integer(14, 1)
            }
            graph.message(11) { $0.text(1, "x") }
            graph.message(12) { $0.text(1, "y") }
        }
        wire.message(8) { $0.integer(2, 21) }
        return wire.bytes
    }
}
