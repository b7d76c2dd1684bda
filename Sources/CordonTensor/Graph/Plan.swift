internal import CordonFormats

/// A graph made ready: nodes in an order that works, operators looked up, values numbered.
final class Plan: Sendable {
    /// One node, ready to run.
    struct Step: Sendable {
        let node: ONNXNode
        let op: Operator
        let version: Int
        /// Slots of inputs; -1 for one that is left out.
        let inputs: [Int]
        /// Slots of outputs; -1 for one that nobody uses.
        let outputs: [Int]
        /// Slots that nothing needs after this step.
        var frees: [Int] = []
        /// Subgraphs by attribute.
        let bodies: [String: Body]
        let memory = NodeMemory()
    }
    /// Operators' view of a subgraph.
    struct Body: Sendable {
        let plan: Plan
        let inputs: [ONNXValueInfo]
        let outputs: [ONNXValueInfo]
    }

    let steps: [Step]
    let slotCount: Int
    /// Slots by name of everything that is defined here.
    let slots: [String: Int]
    let inputs: [ONNXValueInfo]
    let outputs: [ONNXValueInfo]
    /// Constants of this graph by slot.
    let constants: [(slot: Int, value: Value)]
    /// Names that come from outside, with the slots they get.
    let captures: [(name: String, slot: Int)]

    /// What a plan is made from.
    struct Source {
        var nodes: [ONNXNode]
        var constants: [String: Value]
        var inputs: [ONNXValueInfo]
        var outputs: [ONNXValueInfo]
        var versions: [String: Int]
        var functions: [ONNXOperator: ONNXFunction]
        /// Names defined around this graph.
        var outer: Set<String> = []
        /// Values that stay readable after the run.
        var keeps: Set<String> = []
        var depth = 0
        /// Nodes that may still be made ready, functions' bodies counted at every call.
        var budget = Budget()
    }

    /// A few functions that call each other many times could stand for any number of nodes.
    final class Budget {
        private var left = 500_000

        func take(_ count: Int) throws(TensorFailure) {
            left -= count
            guard left >= 0 else { throw TensorFailure(.model, "functions that expand to millions of nodes") }
        }
    }

    /// Names of one graph as they get their slots.
    private struct Naming {
        private(set) var slots: [String: Int] = [:]
        private(set) var captures: [(name: String, slot: Int)] = []
        let outer: Set<String>

        init(_ source: Source) throws(TensorFailure) {
            outer = source.outer
            for input in source.inputs where !input.name.isEmpty { try define(input.name, "an input") }
            for name in source.constants.keys.sorted() where slots[name] == nil { try define(name, "a constant") }
            for node in source.nodes {
                for name in node.outputs where !name.isEmpty { try define(name, "node \(node.label)") }
            }
        }

        private mutating func define(_ name: String, _ place: String) throws(TensorFailure) {
            guard slots[name] == nil else {
                throw TensorFailure(.model, "\(place) gives '\(name)', which is already given")
            }
            slots[name] = slots.count
        }

        /// The slot of a name; names from outside get slots behind those defined here. `nil` for one that nothing gives.
        mutating func slot(_ name: String) -> Int? {
            if let known = slots[name] { return known }
            guard outer.contains(name) else { return nil }
            let fresh = slots.count
            slots[name] = fresh
            captures.append((name, fresh))
            return fresh
        }
    }

    /// Finds a working order and looks up every operator.
    ///
    /// - Throws: names of values that nothing gives, that two nodes give, nodes that wait for each other, and every
    ///   operator that is not known, all at once.
    init(_ source: Source) throws(TensorFailure) {
        guard source.depth < 32 else { throw TensorFailure(.model, "graphs nested deeper than 32") }
        try source.budget.take(source.nodes.count + 1)
        var naming = try Naming(source)
        inputs = source.inputs
        outputs = source.outputs
        let visible = Set(naming.slots.keys).union(source.outer)
        var steps: [Step] = []
        var uses: [(step: Int, slots: [Int])] = []
        for index in try Self.order(source, naming.slots) {
            let (step, used) = try Self.step(source.nodes[index], source, visible, &naming)
            uses.append((steps.count, used))
            steps.append(step)
        }
        for output in source.outputs where naming.slot(output.name) == nil {
            throw TensorFailure(.model, "nothing gives the output '\(output.name)'")
        }
        slots = naming.slots
        captures = naming.captures
        slotCount = slots.count
        let kept = Set(source.outputs.map(\.name)).union(source.keeps).compactMap { naming.slots[$0] }
        Self.free(&steps, uses, kept)
        self.steps = steps
        // An input with the same name as a constant takes the constant unless the caller gives another value.
        constants = source.constants.sorted { $0.key < $1.key }.map { (naming.slots[$0.key]!, $0.value) }
    }

    /// One node made ready, and the slots that it uses.
    private static func step(
        _ node: ONNXNode, _ source: Source, _ visible: Set<String>, _ naming: inout Naming
    ) throws(TensorFailure) -> (step: Step, uses: [Int]) {
        func slot(_ name: String, _ naming: inout Naming) throws(TensorFailure) -> Int {
            guard let slot = naming.slot(name) else {
                throw TensorFailure(.model, "node \(node.label) reads '\(name)', which nothing gives")
            }
            return slot
        }
        let (op, version) = try operatorFor(node, source)
        var bodies: [String: Body] = [:]
        var used: [Int] = []
        for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
            guard case .graph(let graph) = attribute else { continue }
            let plan = try Plan(inner(graph, source, visible))
            bodies[name] = Body(plan: plan, inputs: graph.inputs, outputs: graph.outputs)
            for capture in plan.captures { used.append(try slot(capture.name, &naming)) }
        }
        var inputs: [Int] = []
        for name in node.inputs { inputs.append(name.isEmpty ? -1 : try slot(name, &naming)) }
        let outputs = node.outputs.map { $0.isEmpty ? -1 : naming.slots[$0]! }
        let step = Step(node: node, op: op, version: version, inputs: inputs, outputs: outputs, bodies: bodies)
        return (step, inputs.filter { $0 >= 0 } + used + outputs.filter { $0 >= 0 })
    }

    private static func inner(_ graph: ONNXGraph, _ source: Source, _ outer: Set<String>) throws(TensorFailure)
        -> Source
    {
        var constants: [String: Value] = [:]
        for constant in graph.constants { constants[constant.name] = try Value(constant) }
        return Source(
            nodes: graph.nodes, constants: constants, inputs: graph.inputs, outputs: graph.outputs,
            versions: source.versions, functions: source.functions, outer: outer, depth: source.depth + 1,
            budget: source.budget)
    }

    /// Kahn's order, stable: nodes stay in the order of the file where that works.
    private static func order(_ source: Source, _ slots: [String: Int]) throws(TensorFailure) -> [Int] {
        var producer: [String: Int] = [:]
        for (index, node) in source.nodes.enumerated() {
            for name in node.outputs where !name.isEmpty { producer[name] = index }
        }
        var waits = [Int](repeating: 0, count: source.nodes.count)
        var followers = [[Int]](repeating: [], count: source.nodes.count)
        for (index, node) in source.nodes.enumerated() {
            for name in Set(node.inputs).union(captured(node)) {
                guard let from = producer[name] else { continue }
                waits[index] += 1
                followers[from].append(index)
            }
        }
        // Files are in order nearly always: one pass then does. A heap is not needed for the rest.
        var ready = waits.indices.filter { waits[$0] == 0 }
        var order: [Int] = []
        var next = 0
        while next < ready.count {
            let index = ready[next]
            next += 1
            order.append(index)
            for follower in followers[index] {
                waits[follower] -= 1
                if waits[follower] == 0 { ready.append(follower) }
            }
        }
        guard order.count == source.nodes.count else {
            let stuck = waits.indices.filter { waits[$0] > 0 }.prefix(3).map { source.nodes[$0].label }
            throw TensorFailure(
                .model, "the graph is not acyclic: \(stuck.joined(separator: ", ")) wait for their own results")
        }
        return isInOrder(source, producer) ? Array(source.nodes.indices) : order
    }

    private static func isInOrder(_ source: Source, _ producer: [String: Int]) -> Bool {
        for (index, node) in source.nodes.enumerated() {
            for name in Set(node.inputs).union(captured(node)) {
                if let from = producer[name], from >= index { return false }
            }
        }
        return true
    }

    /// Names that a node's subgraphs read from outside themselves. The reader bounds how deep they nest.
    private static func captured(_ node: ONNXNode) -> Set<String> {
        var names: Set<String> = []
        for case .graph(let graph) in node.attributes.values {
            var own = Set(graph.inputs.map(\.name)).union(graph.constants.map(\.name))
            var read: Set<String> = Set(graph.outputs.map(\.name))
            for inner in graph.nodes {
                own.formUnion(inner.outputs)
                read.formUnion(inner.inputs)
                read.formUnion(captured(inner))
            }
            names.formUnion(read.subtracting(own))
        }
        names.remove("")
        return names
    }

    private static func operatorFor(_ node: ONNXNode, _ source: Source) throws(TensorFailure) -> (Operator, Int) {
        let key = ONNXOperator(domain: node.domain, type: node.type)
        if let function = source.functions[key] {
            return (try FunctionCall.operatorFor(function, node, source), 1)
        }
        guard let op = OperatorSet.all[key] else {
            throw TensorFailure(.unsupported, "operator \(node.label) is not supported")
        }
        return (op, source.versions[node.domain] ?? 1)
    }

    /// Marks, for each step, the values that it is the last to use.
    private static func free(_ steps: inout [Step], _ uses: [(step: Int, slots: [Int])], _ kept: [Int]) {
        var last: [Int: Int] = [:]
        for use in uses { for slot in use.slots { last[slot] = use.step } }
        for slot in kept { last[slot] = nil }
        for (slot, step) in last { steps[step].frees.append(slot) }
    }
}

/// Functions that a model brings are run like subgraphs that see nothing around them.
enum FunctionCall {
    static func operatorFor(
        _ function: ONNXFunction, _ node: ONNXNode, _ source: Plan.Source
    ) throws(TensorFailure) -> Operator {
        var inner = Plan.Source(
            nodes: [], constants: [:], inputs: function.inputs.map { ONNXValueInfo(name: $0, kind: .other) },
            outputs: function.outputs.map { ONNXValueInfo(name: $0, kind: .other) },
            versions: function.operatorSets.isEmpty ? source.versions : function.operatorSets,
            functions: source.functions, depth: source.depth + 1, budget: source.budget)
        let given = function.defaults.merging(node.attributes) { $1 }
        inner.nodes = function.nodes.map { substitute($0, given) }
        let plan = try Plan(inner)
        return Operator(node.type, domain: node.domain, half: .asIs, isPure: false) { call in
            var arguments: [Value?] = call.inputs
            while arguments.count < plan.inputs.count { arguments.append(nil) }
            return try call.run.run(plan, arguments, nil)
        }
    }

    /// Puts the caller's attributes where the body refers to them; those that nobody gives are left out.
    private static func substitute(_ node: ONNXNode, _ given: [String: ONNXAttribute]) -> ONNXNode {
        var copy = node
        for (name, attribute) in node.attributes {
            switch attribute {
            case .reference(let wanted): copy.attributes[name] = given[wanted]
            case .graph(var graph):
                graph.nodes = graph.nodes.map { substitute($0, given) }
                copy.attributes[name] = .graph(graph)
            default: break
            }
        }
        return copy
    }
}
