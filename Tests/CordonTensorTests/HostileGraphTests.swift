import CordonFormats
import CordonTestSupport
import Glibc
import Synchronization
import Testing

@testable import CordonTensor

/// Models that mean harm: the suite's own, with one attribute or input made extreme. Whatever they are told, operators
/// give a result or an error; a trap would end the tests.
@Suite("Hostile graphs")
struct HostileGraphTests {
    private static let extremes = [Int.min, -(1 << 40), -2, -1, 0, 1, 2, 7, 1 << 31, (1 << 44) + 1, Int.max]
    private static let reals: [Float] = [.nan, .infinity, -.infinity, 0, -1, 3e38, 1e-38]

    /// Ends runs that take too long; how often that was needed is told.
    private final class Clock: Sendable {
        private let end: Mutex<ContinuousClock.Instant> = Mutex(.now)
        func start() { end.withLock { $0 = .now + .seconds(2) } }
        var isOver: Bool { end.withLock { $0 < .now } }
    }

    @Test(
        "Extreme attributes, inputs and shapes are results or errors, never traps",
        .enabled(if: NodeCase.suite != nil, "run 'make test-deps' for the suite"))
    func extremes() throws {
        let suite = try #require(NodeCase.suite)
        let names = Vectors.names("\(suite)/node")
        let wanted = getenv("CORDON_HOSTILE").map { String(cString: $0) }
        let clock = Clock()
        var (runs, failed) = (0, 0)
        for (index, name) in names.enumerated() where wanted.map({ name.hasPrefix($0) }) ?? (index % 8 == 3) {
            let folder = "\(suite)/node/\(name)"
            guard let graph = try? Graph(contentsOf: folder + "/model.onnx"), graph.unsupported.isEmpty,
                let inputs = try? NodeCase.inputs(graph, folder + "/test_data_set_0")
            else { continue }
            var options = RunOptions()
            options.stepLimit = 20_000
            options.isCancelled = { clock.isOver }
            func run(_ graph: Graph, _ inputs: [String: Value], _ what: @autoclosure () -> String) {
                runs += 1
                // The last line tells where it was, should a run end the process.
                if wanted != nil { dprintf("\(name): \(what())\n") }
                clock.start()
                let start = ContinuousClock.now
                do { _ = try graph.run(inputs, options: options) } catch { failed += 1 }
                let time = start.duration(to: .now)
                if time > .seconds(20) { print("\(name): \(what()) took \(time)") }
            }
            for mutated in Self.attributes(graph) { run(mutated.graph, inputs, mutated.what) }
            for mutated in try Self.inputs(inputs) { run(graph.undeclared(), mutated.inputs, mutated.what) }
        }
        print("hostile graphs: \(runs) runs, \(failed) of them errors")
        #expect(runs == 0 || failed > 0)
    }

    private func dprintf(_ line: String) {
        var text = line
        text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }

    private static func attributes(_ graph: Graph) -> [(graph: Graph, what: String)] {
        var found: [(Graph, String)] = []
        for (place, node) in graph.program.graph.nodes.enumerated() {
            for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
                var changes: [ONNXAttribute] = []
                switch attribute {
                case .integer: changes = extremes.map { .integer($0) }
                case .integers(let list):
                    for number in extremes {
                        changes.append(.integers(list.map { _ in number }))
                        if list.count > 1 { changes.append(.integers([number] + list.dropFirst())) }
                    }
                    changes += [.integers([]), .integers(list + list), .integers(Array(list.dropLast()))]
                case .float: changes = reals.map { .float($0) }
                case .floats(let list):
                    changes = reals.map { number in .floats(list.map { _ in number }) } + [.floats([])]
                default: continue
                }
                for change in changes {
                    var copy = graph
                    copy.update { $0.graph.nodes[place].attributes[name] = change }
                    found.append((copy, "\(node.type).\(name) = \(change)"))
                }
            }
        }
        return found
    }

    private static func inputs(_ given: [String: Value]) throws -> [(inputs: [String: Value], what: String)] {
        var found: [([String: Value], String)] = []
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard case .tensor(let tensor, let code) = value else { continue }
            func replace(_ tensor: Tensor, _ what: String) {
                found.append((given.merging([name: .tensor(tensor, code: code)]) { $1 }, "\(name) \(what)"))
            }
            // Other shapes: scalars, nothing along each axis, huge extents beside nothing.
            replace(try .filled([], 0, tensor.type), "is a scalar")
            replace(try .filled([0], 0, tensor.type), "is empty")
            for axis in tensor.shape.indices {
                var shape = tensor.shape
                shape[axis] = 0
                replace(try .filled(shape, 0, tensor.type), "has the shape \(shape)")
                shape[(axis + 1) % shape.count] = shape.count > 1 ? 1 << 40 : 0
                if let huge = try? Tensor.filled(shape, 0, tensor.type) { replace(huge, "has the shape \(shape)") }
                shape[axis] = 1
                shape[(axis + 1) % shape.count] = 1 << 10
                if let wide = try? Tensor.filled([1], 1, tensor.type).expanded(shape) {
                    replace(wide, "has the shape \(shape)")
                }
            }
            guard tensor.count <= 64, !tensor.type.isFloating, tensor.type != .bool else {
                if tensor.type.isFloating, tensor.count <= 4096 {
                    for number in reals {
                        // Numbers of 16 bits hold less.
                        guard let all = try? Tensor.filled(tensor.shape, Double(number), tensor.type) else { continue }
                        replace(all, "is \(number)")
                    }
                }
                continue
            }
            let numbers = try tensor.integers()
            for number in extremes {
                let all = try Tensor(numbers.map { _ in Int64(number) }, shape: tensor.shape)
                replace(try all.cast(to: tensor.type), "is \(number)")
                guard numbers.count > 1 else { continue }
                let first = try Tensor([Int64(number)] + numbers.dropFirst().map(Int64.init), shape: tensor.shape)
                replace(try first.cast(to: tensor.type), "begins with \(number)")
            }
        }
        return found
    }
}

extension Graph {
    /// The same without the shapes that inputs must have.
    func undeclared() -> Graph {
        var copy = self
        copy.update { program in
            for index in program.graph.inputs.indices { program.graph.inputs[index].kind = .other }
        }
        return copy
    }
}
