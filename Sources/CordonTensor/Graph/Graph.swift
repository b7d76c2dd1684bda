package import CordonFormats
internal import Glibc

/// A model as ONNX describes it: loaded from a file or built here, run, differentiated, changed and written back.
///
/// Source: ONNX IR and operator sets 7–24, ONNX-ML 1–5, and the operators of ONNX Runtime's optimiser listed in the
/// documentation.
public struct Graph: Sendable {
    /// The model as it was read, its constants' data loaded.
    package private(set) var program: ONNXProgram
    /// Places of the constants in the main graph by name. They become tensors when the graph is first run.
    private var places: [String: Int] = [:]
    private var plans = PlanCache()

    /// Reads a model.
    ///
    /// External data is only read from files beneath the model's folder, links included.
    /// - Throws: the place and the reason; ``TensorFailure/Code/unsupported`` where the model needs operators that are
    ///   not known is only thrown when it is run, see ``unsupported``.
    public init(contentsOf path: String) throws(TensorFailure) { try self.init(contentsOf: path, readsData: true) }

    /// Reads what a model is, and looks whether its external data is there without reading it: such a graph is described,
    /// not run.
    package init(describing path: String) throws(TensorFailure) { try self.init(contentsOf: path, readsData: false) }

    private init(contentsOf path: String, readsData: Bool) throws(TensorFailure) {
        let storage: ByteStorage
        do {
            storage = try ByteStorage.whole(path)
        } catch { throw TensorFailure(.model, "\(path): \(error.words)") }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        do {
            try self.init(ByteView(storage), folder: folder, readsData: readsData)
        } catch { throw error.at(path) }
    }

    /// Reads a model from bytes. Without a folder, external data is refused.
    package init(_ view: ByteView, folder: String? = nil, readsData: Bool = true) throws(TensorFailure) {
        do {
            try self.init(ONNXReader.read(view), folder: folder, readsData: readsData)
        } catch let failure as ONNXFailure {
            let place = failure.offset.map { " at byte \($0)" } ?? ""
            throw TensorFailure(
                .model, "this is no whole ONNX model: \(failure.reason)\(place); export or fetch it again")
        } catch let failure as TensorFailure { throw failure } catch { throw TensorFailure(.model, "\(error)") }
    }

    /// Takes a program; its constants become tensors.
    package init(_ program: ONNXProgram, folder: String? = nil, readsData: Bool = true) throws(TensorFailure) {
        let version = program.operatorSets[""] ?? OperatorSet.newest
        guard version >= 1, version <= OperatorSet.newest else {
            throw TensorFailure(
                .unsupported, "operator set \(version); up to \(OperatorSet.newest) is supported")
        }
        self.program = program
        self.program.graph.liftConstants()
        let external = ExternalData(folder: folder)
        for (place, constant) in self.program.graph.constants.enumerated() {
            self.program.graph.constants[place].data = try external.load(constant, isRead: readsData)
            places[constant.name] = place
        }
    }

    /// Changes the program; plans that were made before do not fit any more.
    mutating func update(_ body: (inout ONNXProgram) -> Void) {
        body(&program)
        plans = PlanCache()
    }

    // MARK: What it is

    /// Name, type and extents of what must be given: inputs that are no constants.
    package var inputs: [ONNXValueInfo] { program.graph.inputs.filter { places[$0.name] == nil } }
    /// Name, type and extents of what comes out.
    package var outputs: [ONNXValueInfo] { program.graph.outputs }
    /// Names of the inputs in order.
    public var inputNames: [String] { inputs.map(\.name) }
    /// Names of the outputs in order.
    public var outputNames: [String] { outputs.map(\.name) }

    /// Names of values that nodes of these types give, in order: where a model's representations are.
    package func values(of types: Set<String>) -> [String] {
        program.graph.nodes.filter { types.contains($0.type) }.compactMap(\.outputs.first)
    }

    /// Operators that cannot be run, each with the nodes that use it; empty for a model that runs.
    public var unsupported: [(name: String, nodes: [String])] {
        let known = Set(program.functions.map { ONNXOperator(domain: $0.domain, type: $0.name) })
        var found: [String: [String]] = [:]
        func visit(_ nodes: [ONNXNode]) {
            for node in nodes {
                let key = ONNXOperator(domain: node.domain, type: node.type)
                if !known.contains(key), OperatorSet.all[key] == nil {
                    found[node.domain.isEmpty ? node.type : "\(node.domain).\(node.type)", default: []].append(
                        node.label)
                }
                for case .graph(let graph) in node.attributes.values { visit(graph.nodes) }
            }
        }
        visit(program.graph.nodes)
        for function in program.functions { visit(function.nodes) }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Names of constants with floating-point elements and at least one axis: what training changes.
    public var weightNames: [String] {
        let used = program.graph.nodes.reduce(into: Set<String>()) { $0.formUnion($1.inputs) }
        return program.graph.constants.filter { constant in
            let isFloating = ElementCode.element(constant.type)?.isFloating ?? false
            // Numbers of 8 bits and fewer are too coarse to be changed in steps.
            return isFloating && SmallElement(constant.type) == nil && !constant.shape.isEmpty
                && used.contains(constant.name)
        }.map(\.name)
    }

    /// Weights of layers: ``weightNames`` but for the statistics of batch normalisation, which do not follow gradients, and
    /// numbers that inputs are brought to a range with.
    package var layerWeightNames: [String] {
        let layers = [
            "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization",
            "LayerNormalization", "GroupNormalization", "PRelu", "Gather", "LSTM", "GRU", "RNN",
        ]
        var named: Set<String> = []
        for node in program.graph.nodes {
            if layers.contains(node.type) {
                named.formUnion(
                    node.type == "BatchNormalization" ? node.inputs.prefix(3).dropFirst() : node.inputs[...])
            } else if node.type == "Add" {
                // A bias of its own: one axis, behind a product.
                named.formUnion(
                    node.inputs.filter { name in
                        program.graph.constants.contains { $0.name == name && $0.shape.count == 1 }
                    })
            }
        }
        return weightNames.filter(named.contains)
    }

    /// Convolutions and products with constant weights: the value that each gives, and how many weights it has.
    package var weightedLayers: [(output: String, weights: Int)] {
        program.graph.nodes.compactMap { node in
            guard ["Conv", "Gemm", "MatMul"].contains(node.type), node.inputs.count > 1,
                let output = node.outputs.first,
                let place = places[node.inputs[1]]
            else { return nil }
            return (output, program.graph.constants[place].count ?? 0)
        }
    }

    /// Weights of convolutions and products, in order, and the axis along which their channels lie.
    package var channelWeights: [(name: String, axis: Int)] {
        program.graph.nodes.compactMap { node in
            guard node.inputs.count > 1, let place = places[node.inputs[1]] else { return nil }
            let rank = program.graph.constants[place].shape.count
            switch node.type {
            case "Conv" where rank > 1: return (node.inputs[1], 0)
            case "Gemm" where rank == 2:
                if case .integer(let flag)? = node.attributes["transB"], flag != 0 { return (node.inputs[1], 0) }
                return (node.inputs[1], 1)
            case "MatMul" where rank == 2: return (node.inputs[1], 1)
            default: return nil
            }
        }
    }

    /// A weight or other constant of the main graph; `nil` where there is none of this name.
    package func constant(_ name: String) throws(TensorFailure) -> Value? {
        guard let place = places[name] else { return nil }
        return try Value(program.graph.constants[place])
    }

    /// Extents of a weight or other constant of floating-point numbers; `nil` where there is none of this name.
    package func weightShape(_ name: String) -> [Int]? {
        guard let place = places[name] else { return nil }
        let constant = program.graph.constants[place]
        return ElementCode.element(constant.type)?.isFloating == true ? constant.shape : nil
    }

    /// Whether the main graph has a constant of this name.
    func hasConstant(_ name: String) -> Bool { places[name] != nil }

    // MARK: Running

    /// Runs the graph once.
    ///
    /// - Parameters:
    ///   - inputs: values by name.
    ///   - wanted: names of outputs or of any values in between; `nil` for all outputs.
    /// - Returns: the wanted values by name.
    /// - Throws: ``TensorFailure`` with the node; all unsupported operators at once, before anything runs.
    package func run(
        _ inputs: [String: Value], wanted: [String]? = nil, options: RunOptions = RunOptions()
    ) throws -> [String: Value] {
        try Engine.recording(false) {
            try run(inputs, wanted ?? outputNames, plan(keeping: wanted ?? []), [:], options)
        }
    }

    /// Runs the graph once on tensors.
    public func callAsFunction(
        _ inputs: [String: Tensor], wanted: [String]? = nil, options: RunOptions = RunOptions()
    ) throws -> [String: Tensor] {
        let results = try run(inputs.mapValues { Value($0) }, wanted: wanted, options: options)
        return results.compactMapValues(\.tensor)
    }

    func run(
        _ inputs: [String: Value], _ wanted: [String], _ plan: Plan, _ overrides: [String: Value], _ options: RunOptions
    ) throws -> [String: Value] {
        let run = GraphRun(options)
        let scope = Scope(plan, nil)
        for input in self.inputs where !input.name.isEmpty {
            guard let value = inputs[input.name] else {
                throw TensorFailure(.model, "input '\(input.name)' is not given")
            }
            try check(value, input)
        }
        for (name, value) in inputs {
            guard let slot = plan.slots[name] else {
                throw TensorFailure(
                    .model, "the model has no input '\(name)'; its inputs are \(inputNames.joined(separator: ", "))")
            }
            scope.values[slot] = value
        }
        for (name, value) in overrides { if let slot = plan.slots[name] { scope.values[slot] = value } }
        try run.fill(scope)
        try run.execute(scope)
        var results: [String: Value] = [:]
        for name in wanted {
            guard let slot = plan.slots[name], let value = scope.values[slot] else {
                throw TensorFailure(.model, "the model has no value '\(name)'")
            }
            results[name] = value
        }
        return results
    }

    /// Compares a value with what the model declares.
    private func check(_ value: Value, _ input: ONNXValueInfo) throws {
        guard case .tensor(let code, let shape) = input.kind else { return }
        guard case .tensor(let tensor, let given) = value else {
            if case .texts = value, code == ElementCode.text { return }
            throw TensorFailure(.type, "input '\(input.name)' is a \(value.kind), not a tensor")
        }
        guard code == 0 || given == code else {
            throw TensorFailure(
                .type,
                "input '\(input.name)' wants \(ONNXConstant.typeName(code)) and got \(ONNXConstant.typeName(given))")
        }
        guard let shape else { return }
        let fits =
            shape.count == tensor.rank
            && zip(shape, tensor.shape).allSatisfy { extent, given in
                if case .fixed(let number) = extent { return number == given || number < 0 }
                return true
            }
        guard fits else {
            throw TensorFailure(
                .shape, "input '\(input.name)' wants the shape \(Self.describe(shape)) and got \(tensor.shape)")
        }
    }

    /// Extents for people: names where any number fits.
    package static func describe(_ shape: [ONNXValueInfo.Extent]) -> String {
        let parts = shape.map { extent -> String in
            switch extent {
            case .fixed(let number): "\(number)"
            case .named(let name): name.isEmpty ? "?" : name
            }
        }
        return "[\(parts.joined(separator: ", "))]"
    }

    /// The plan that keeps these values; made once.
    func plan(keeping names: [String], isOptimised: Bool = true) throws(TensorFailure) -> Plan {
        let kept = Set(names).subtracting(outputNames)
        let key = PlanCache.Key(kept: kept, isOptimised: isOptimised)
        if let known = plans[key] { return known }
        let missing = unsupported
        guard missing.isEmpty else { throw Self.refusal(missing) }
        var values: [String: Value] = [:]
        for constant in program.graph.constants { values[constant.name] = try Value(constant) }
        var functions: [ONNXOperator: ONNXFunction] = [:]
        for function in program.functions {
            functions[ONNXOperator(domain: function.domain, type: function.name)] = function
        }
        var source = Plan.Source(
            nodes: program.graph.nodes, constants: values, inputs: program.graph.inputs, outputs: program.graph.outputs,
            versions: program.operatorSets, functions: functions, keeps: kept)
        if isOptimised { Optimiser.run(&source) }
        let plan = try Plan(source)
        plans[key] = plan
        return plan
    }

    private static func refusal(_ missing: [(name: String, nodes: [String])]) -> TensorFailure {
        let lines = missing.map { name, nodes in
            let more = nodes.count > 3 ? " and \(nodes.count - 3) more" : ""
            return "\(name) (\(nodes.prefix(3).joined(separator: ", "))\(more))"
        }
        return TensorFailure(.unsupported, "operators that are not supported: \(lines.joined(separator: "; "))")
    }
}

extension ONNXGraph {
    /// Weights that exporters write as nodes become constants of the graph, which is what they are.
    fileprivate mutating func liftConstants() {
        var known = Set(constants.map(\.name)).union(inputs.map(\.name))
        var kept: [ONNXNode] = []
        for node in nodes {
            guard node.type == "Constant", node.domain.isEmpty, node.attributes.count == 1, node.outputs.count == 1,
                case .tensor(var constant)? = node.attributes["value"], known.insert(node.outputs[0]).inserted
            else {
                kept.append(node)
                continue
            }
            constant.name = node.outputs[0]
            constants.append(constant)
        }
        nodes = kept
    }
}
