internal import CordonFormats

/// Values of one graph while it runs; subgraphs look through to the graph around them.
final class Scope {
    let plan: Plan
    let outer: Scope?
    var values: [Value?]

    init(_ plan: Plan, _ outer: Scope?) {
        self.plan = plan
        self.outer = outer
        values = [Value?](repeating: nil, count: plan.slotCount)
    }

    /// The value of a name here or around.
    func value(_ name: String) -> Value? {
        if let slot = plan.slots[name], let value = values[slot] { return value }
        return outer?.value(name)
    }
}

/// How a graph is run.
public struct RunOptions: Sendable {
    /// Asked before every node and turn; the run ends with ``TensorFailure/Code/cancelled`` when it says yes.
    public var isCancelled: @Sendable () -> Bool = { false }
    /// Most nodes and turns of loops in all; a model that wants more is refused.
    public var stepLimit = 50_000_000
    /// Start of random numbers.
    public var seed: UInt64 = 0
    /// Whether dropout drops.
    public var isTraining = false
    /// Called after every node with its operator and the time that it took; `nil` measures nothing.
    public var profile: (@Sendable (_ op: String, _ time: Duration) -> Void)?

    /// The standard options.
    public init() {}
}

/// One run of a graph: what its operators share.
final class GraphRun {
    let options: RunOptions
    private var random: Generator?
    private var steps = 0
    private var depth = 0

    init(_ options: RunOptions) { self.options = options }

    var isTraining: Bool { options.isTraining }

    /// The run's random numbers.
    func generator() throws(TensorFailure) -> Generator {
        if let random { return random }
        let fresh = try Generator(seed: options.seed)
        random = fresh
        return fresh
    }

    /// Counts a step; ends the run when it is cancelled or too long.
    func tick() throws(TensorFailure) {
        steps += 1
        if steps > options.stepLimit {
            throw TensorFailure(.model, "more than \(options.stepLimit) steps: a loop that may never end")
        }
        if options.isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
    }

    /// Runs a subgraph for an operator.
    func run(_ body: Plan.Body, _ arguments: [Value], _ scope: Scope) throws -> [Value] {
        try run(body.plan, arguments, scope)
    }

    /// Runs a plan and gives its outputs in order.
    func run(_ plan: Plan, _ arguments: [Value?], _ outer: Scope?) throws -> [Value] {
        guard depth < 64 else { throw TensorFailure(.model, "graphs call each other deeper than 64") }
        depth += 1
        defer { depth -= 1 }
        let scope = Scope(plan, outer)
        guard arguments.count == plan.inputs.count else {
            throw TensorFailure(.model, "\(arguments.count) values for \(plan.inputs.count) inputs of a subgraph")
        }
        for (input, value) in zip(plan.inputs, arguments) {
            if let slot = plan.slots[input.name] { scope.values[slot] = value }
        }
        try fill(scope)
        try execute(scope)
        return try plan.outputs.map { output in
            guard let value = scope.values[plan.slots[output.name]!] else {
                throw TensorFailure(.model, "nothing gave the output '\(output.name)'")
            }
            return value
        }
    }

    /// Puts constants and values from around into their slots.
    func fill(_ scope: Scope) throws {
        for (slot, value) in scope.plan.constants where scope.values[slot] == nil { scope.values[slot] = value }
        for (name, slot) in scope.plan.captures { scope.values[slot] = scope.outer?.value(name) }
    }

    /// Runs all steps.
    func execute(_ scope: Scope) throws {
        for step in scope.plan.steps {
            try tick()
            do {
                if let profile = options.profile {
                    let start = ContinuousClock.now
                    try execute(step, scope)
                    profile(step.node.type, start.duration(to: .now))
                } else {
                    try execute(step, scope)
                }
            } catch let failure as TensorFailure {
                throw failure.code == .cancelled ? failure : failure.at("node \(step.node.label)")
            }
            for slot in step.frees { scope.values[slot] = nil }
        }
    }

    /// Runs one operator on values, as it would run in a graph without subgraphs.
    func evaluate(_ op: Operator, _ node: ONNXNode, _ inputs: [Value?], version: Int) throws -> [Value] {
        let plan = try Plan(
            Plan.Source(nodes: [], constants: [:], inputs: [], outputs: [], versions: [:], functions: [:]))
        return try results(op, node, inputs, version, Scope(plan, nil), [:])
    }

    private func execute(_ step: Plan.Step, _ scope: Scope) throws {
        let inputs = step.inputs.map { $0 < 0 ? nil : scope.values[$0] }
        let results = try results(step.op, step.node, inputs, step.version, scope, step.bodies, step.memory)
        for (index, slot) in step.outputs.enumerated() where slot >= 0 {
            guard results.indices.contains(index) else {
                throw TensorFailure(.unsupported, "output \(index) is not given by this operator")
            }
            scope.values[slot] = results[index]
        }
    }

    /// Calls an operator; numbers of 16 bits are widened and narrowed for those that compute.
    private func results(
        _ op: Operator, _ node: ONNXNode, _ given: [Value?], _ version: Int, _ scope: Scope,
        _ bodies: [String: Plan.Body], _ memory: NodeMemory? = nil
    ) throws -> [Value] {
        var inputs = given
        var narrow: Int?
        if op.half == .widened {
            for index in inputs.indices {
                guard case .tensor(let tensor, let code)? = inputs[index],
                    code == ElementCode.float16 || code == ElementCode.bfloat16
                else { continue }
                narrow = narrow ?? code
                inputs[index] = .tensor(try tensor.cast(to: .float32), code: ElementCode.float32)
            }
        }
        let call = NodeCall(
            node: node, inputs: inputs, version: version, run: self, scope: scope, bodies: bodies, memory: memory)
        let results = try op.body(call)
        if let narrow, let type = ElementCode.element(narrow) {
            return try results.map { value in
                guard case .tensor(let tensor, ElementCode.float32) = value else { return value }
                return .tensor(try tensor.cast(to: type), code: narrow)
            }
        }
        return results
    }
}
