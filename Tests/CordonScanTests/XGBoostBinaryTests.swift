import CordonCore
import CordonScan
import CordonTestSupport
import Testing

/// Models as XGBoost wrote them before it had JSON, put together by hand: sizes and order as its loader reads them.
@Suite("XGBoost's old binary form")
struct XGBoostBinaryTests {
    private static func join(_ parts: [UInt8]...) -> [UInt8] { parts.reduce([], +) }
    private static func little(_ values: Int32...) -> [UInt8] {
        var result: [UInt8] = []
        for value in values { for byte in 0..<4 { result.append(UInt8(truncatingIfNeeded: value >> Int32(8 * byte))) } }
        return result
    }
    private static func long(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    private static func text(_ value: String) -> [UInt8] { join(long(UInt64(value.utf8.count)), Array(value.utf8)) }
    private static func zeros(_ count: Int) -> [UInt8] { .init(repeating: 0, count: count) }

    /// A node: its parent, its children, what it splits.
    private static func node(_ parent: Int32, _ left: Int32, _ right: Int32, _ split: Int32 = 0) -> [UInt8] {
        little(parent, left, right, split, 0)
    }

    private static func tree(_ nodes: [[UInt8]], stated: Int32? = nil, deleted: Int32 = 0) -> [UInt8] {
        let head = little(1, stated ?? Int32(nodes.count), deleted, 0, 2, 0)
        return join(head, zeros(124), nodes.reduce([], +), zeros(nodes.count * 16))
    }

    private static let leaf = node(0, -1, -1)
    private static let stump = tree([node(-1, 1, 2, 1), node(Int32.min, -1, -1), leaf])

    private static func learner(_ objective: String, _ booster: String, hasAttributes: Bool, major: Int32) -> [UInt8] {
        join(little(0, 2, 0, hasAttributes ? 1 : 0, 0, major), zeros(112), text(objective), text(booster))
    }

    private static func model(
        _ trees: [[UInt8]], booster: String = "gbtree", stated: Int32? = nil, attributes: [(String, String)] = [],
        major: Int32 = 1, objective: String = "binary:logistic", rest: [UInt8] = [], head: String = "binf"
    ) -> [UInt8] {
        var bytes = join(
            Array(head.utf8), learner(objective, booster, hasAttributes: !attributes.isEmpty, major: major),
            little(stated ?? Int32(trees.count), 1), zeros(152), trees.reduce([], +), zeros(trees.count * 4))
        if booster == "dart" { bytes += join(long(UInt64(trees.count)), zeros(trees.count * 4)) }
        if !attributes.isEmpty { bytes += long(UInt64(attributes.count)) }
        for (name, value) in attributes { bytes += join(text(name), text(value)) }
        return bytes + rest
    }

    private static let booster = join(
        Array("CONFIG-offset:".utf8), long(UInt64(model([stump]).count)), model([stump]),
        Array(#"{"version":[1,7,6]}"#.utf8))
    private static let linear = join(
        Array("binf".utf8), learner("reg:squarederror", "gblinear", hasAttributes: false, major: 1), zeros(136),
        long(3),
        zeros(12))
    private static let pruned = tree([node(-1, 1, 2), leaf, leaf, little(-1, -1, -1, -1, 0)], deleted: 1)
    private static let good: [[UInt8]] = [
        model([stump, stump]), model([stump], head: ""), model([stump], booster: "dart"), model([]),
        model([stump], attributes: [("objective", #"{"name":"binary:logistic"}"#), ("best_iteration", "3")]),
        // A release before 1.0 has more behind it for one objective.
        model([stump], major: 0, objective: "count:poisson", rest: text("0.7")), model([pruned]), booster, linear,
    ]

    private static let root = node(-1, 1, 2)
    private static let bad: [(String, [UInt8])] = [
        ("trees are stated", model([stump], stated: 9)), ("trees are stated", model([stump], stated: -1)),
        ("trees are stated", model([stump], stated: .max)),
        ("nodes are stated", model([tree([node(-1, -1, -1)], stated: .max)])),
        ("nodes are stated", model([tree([node(-1, -1, -1)], stated: 0)])),
        ("the child 7 of 2", model([tree([node(-1, 1, 7), leaf])])),
        ("the child -5 of 2", model([tree([node(-1, 1, -5), leaf])])),
        ("the child 0 of 2", model([tree([node(-1, 1, 0), leaf])])),
        ("in a circle", model([tree([root, node(0, 2, 3), leaf, leaf])])),
        ("in a circle", model([tree([node(-1, 1, 1), leaf])])), ("the parent 9 of 1", model([tree([node(9, -1, -1)])])),
        ("splits feature 40 of 2", model([tree([node(-1, 1, 2, 40), leaf, leaf])])),
        ("0 deleted nodes where 3", model([tree([node(-1, -1, -1)], deleted: 3)])),
        (
            "more attributes",
            join(Array(model([stump], attributes: [("a", "b")]).dropLast(26)), [UInt8](repeating: 255, count: 8))
        ),
        ("bytes after the model", model([stump], rest: [1, 2, 3])),
        ("its model does not fit", join(Array("CONFIG-offset:".utf8), long(1 << 40), [1, 2])),
    ]

    private func report(_ bytes: [UInt8]) -> (findings: [Finding], outcome: Outcome?, format: String?) {
        let report = Scanner().scan(bytes: bytes, name: "m.model")
        return (report.findings, report.entries.first?.outcome, report.entries.first?.asset.format)
    }

    @Test("Ordinary models are clean", arguments: good)
    func ordinary(_ bytes: [UInt8]) {
        let report = report(bytes)
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.outcome == .passed)
        #expect(report.format == "XGBoost binary")
    }

    @Test(
        "Counts, places and circles that do not fit are named, and nothing of it is clean", arguments: bad)
    func lies(_ reason: String, _ bytes: [UInt8]) {
        let report = report(bytes)
        #expect(
            report.findings.contains { $0.ruleID == "CORDON-EXO-001" && $0.message.contains(reason) },
            "\(report.findings)")
        #expect(report.outcome != .passed)
    }

    @Test("What is behind a model or in its texts is looked into")
    func hidden() {
        let pickle = PickleAssembler().proto().stackGlobal("posix", "system").string("id").call.stop.bytes
        #expect(report(Self.model([Self.stump]) + pickle).findings.contains { $0.severity == .critical })
        let address = "postgres://a:" + "k7Qz2mXc9L" + "@db.corp/x"
        let found = report(Self.model([Self.stump], attributes: [("notes", address)])).findings
        #expect(found.contains { $0.ruleID.hasPrefix("CORDON-SEC") }, "\(found)")
    }

    @Test("Every way of cutting a model off is reported, without a trap")
    func cut() {
        let whole = Self.model([Self.stump, Self.stump], booster: "dart", attributes: [("a", "b")])
        for count in stride(from: 180, to: whole.count, by: 7) {
            #expect(report(Array(whole[..<count])).outcome != .passed, "\(count)")
        }
    }
}
