/// XGBoost's own binary form of a model, which its releases wrote until 3.0 by default or for names that end with `.bin` or `.model`.
///
/// Source: `Learner::LoadModel`, `GBTreeModel::Load`, `RegTree::Load` of XGBoost 0.90 to 3.0. Integers are little-endian; an optional
/// `binf` comes first. Nothing in it can run; what a loader trusts are counts and the places of nodes.
///
/// - Note: Not read: models with base64 texts (`bs64`, before 0.4), and trees with vectors as leaves of releases before 0.6.
package struct XGBoostBinary: Sendable {
    /// The name of what it was trained for, such as `binary:logistic`, cut after 256 bytes.
    package private(set) var objective = ""
    /// `gbtree`, `dart` or `gblinear`.
    package private(set) var booster = ""
    /// Trees that were read.
    package private(set) var treeCount = 0
    /// The first thing that does not fit, and where.
    package private(set) var failure: (reason: String, offset: Int)?
    /// Where the model ends.
    package private(set) var end = 0
    /// Texts that came with the model, by name; at most 100.
    package private(set) var attributes: [(name: String, value: String)] = []

    private struct Broken: Error { let reason: String, offset: Int }

    /// Where the model begins when there is one: behind `binf`, or at once.
    private static func start(_ bytes: RawSpan) -> Int? {
        let start = bytes.hasBytes("binf") ? 4 : 0
        guard let name = bytes.littleEndian(at: start + parameters, as: UInt64.self), (3...64).contains(name) else {
            return nil
        }
        let behind = start + parameters + 8 + Int(name)
        guard let length = bytes.littleEndian(at: behind, as: UInt64.self), (4...8).contains(length),
            let booster = bytes.text(at: behind + 8, count: Int(length))
        else { return nil }
        return boosters.contains(booster) ? start : nil
    }

    /// Whether the bytes are such a model, by the names of its objective and booster. O(1).
    package static func matches(_ bytes: RawSpan) -> Bool { start(bytes) != nil }

    private static let boosters: Set<String> = ["gbtree", "dart", "gblinear"]
    /// Bytes of the parameters of a learner.
    private static let parameters = 136

    /// Reads the model.
    ///
    /// - Complexity: O(n); memory is bounded by the largest tree.
    package static func read(_ bytes: RawSpan) -> XGBoostBinary {
        var model = XGBoostBinary()
        guard let start = start(bytes) else {
            model.failure = ("no model", 0)
            return model
        }
        do throws(Broken) { try model.read(bytes, from: start) } catch { model.failure = (error.reason, error.offset) }
        return model
    }

    private mutating func read(_ bytes: RawSpan, from start: Int) throws(Broken) {
        end = start
        let features = try integer(bytes, 4)
        let hasAttributes = try integer(bytes, 12) != 0
        let hasMetrics = try integer(bytes, 16) != 0
        let major = try integer(bytes, 20)
        end += Self.parameters
        objective = try text(bytes, most: 256)
        booster = try text(bytes, most: 256)
        if booster == "gblinear" {
            end += 136
            try pass(bytes, items: 4, "weights")
        } else {
            try trees(bytes, features: features, isOld: major == 0)
            if booster == "dart", treeCount > 0 { try pass(bytes, items: 4, "weights of trees") }
        }
        if hasAttributes { try readAttributes(bytes) }
        // Releases before 1.0 keep the largest step of this objective, and name the metrics, behind all else.
        if major == 0, objective == "count:poisson", end < bytes.byteCount { _ = try text(bytes, most: 64) }
        if hasMetrics, major == 0, end < bytes.byteCount {
            for _ in 0..<(try count(bytes, least: 8, "metrics")) { _ = try text(bytes, most: 256) }
        }
    }

    private mutating func trees(_ bytes: RawSpan, features: Int, isOld: Bool) throws(Broken) {
        let at = end
        let stated = try integer(bytes, 0)
        end += 160
        // A tree takes 148 bytes and 36 for each node.
        guard stated >= 0, stated <= max(0, bytes.byteCount - end) / 184 else {
            throw Broken(reason: "\(stated) trees are stated in \(max(0, bytes.byteCount - end)) bytes", offset: at)
        }
        for index in 0..<stated {
            try tree(bytes, index, features: features, isOld: isOld)
            treeCount += 1
        }
        try skip(bytes, stated * 4, "groups of trees")
    }

    private mutating func tree(_ bytes: RawSpan, _ index: Int, features: Int, isOld: Bool) throws(Broken) {
        let at = end
        let nodes = try integer(bytes, 4), deleted = try integer(bytes, 8), leafVector = try integer(bytes, 20)
        end += 148
        guard nodes > 0, nodes <= max(0, bytes.byteCount - end) / 36 else {
            throw Broken(
                reason: "tree \(index): \(nodes) nodes are stated in \(max(0, bytes.byteCount - end)) bytes", offset: at
            )
        }
        var marked = 0
        for node in 0..<nodes {
            let place = end + node * 20
            guard let parent = bytes.littleEndian(at: place, as: Int32.self),
                let left = bytes.littleEndian(at: place + 4, as: Int32.self),
                let right = bytes.littleEndian(at: place + 8, as: Int32.self),
                let split = bytes.littleEndian(at: place + 12, as: UInt32.self)
            else { throw Broken(reason: "tree \(index) ends with the file", offset: place) }
            if split == .max {
                if node > 0 { marked += 1 }
                continue
            }
            // The highest bit of a parent says which child it has here, that of a split where missing values go.
            let above = parent == -1 ? -1 : Int(parent & Int32.max)
            guard above < nodes else {
                throw Broken(reason: "tree \(index): node \(node) has the parent \(above) of \(nodes)", offset: place)
            }
            // The right child of a leaf may hold anything; it is not followed.
            guard left != -1 else { continue }
            for child in [Int(left), Int(right)] where child <= 0 || child >= nodes || child == node {
                throw Broken(reason: "tree \(index): node \(node) has the child \(child) of \(nodes)", offset: place)
            }
            let feature = Int(split & (1 << 31 - 1))
            if features > 0, feature >= features {
                throw Broken(
                    reason: "tree \(index): node \(node) splits feature \(feature) of \(features)", offset: place)
            }
        }
        guard marked == deleted else {
            throw Broken(reason: "tree \(index): \(marked) deleted nodes where \(deleted) are stated", offset: at)
        }
        guard Self.ends(bytes, at: end, nodes: nodes) else {
            throw Broken(reason: "tree \(index): its nodes go in a circle", offset: at)
        }
        end += nodes * 36
        if isOld, leafVector > 0 { try pass(bytes, items: 4, "leaves of tree \(index)") }
    }

    /// Whether every way from the root ends: no node is met twice. O(nodes).
    private static func ends(_ bytes: RawSpan, at start: Int, nodes: Int) -> Bool {
        var isMet = [Bool](repeating: false, count: nodes)
        var pending = [0]
        while let node = pending.popLast() {
            guard node >= 0, node < nodes, !isMet[node] else { return false }
            isMet[node] = true
            guard let left = bytes.littleEndian(at: start + node * 20 + 4, as: Int32.self), left != -1,
                let right = bytes.littleEndian(at: start + node * 20 + 8, as: Int32.self)
            else { continue }
            pending += [Int(left), Int(right)]
        }
        return true
    }

    private mutating func readAttributes(_ bytes: RawSpan) throws(Broken) {
        for _ in 0..<(try count(bytes, least: 16, "attributes")) {
            let name = try text(bytes, most: 256)
            let value = try text(bytes, most: 1 << 20)
            if attributes.count < 100 { attributes.append((name, value)) }
        }
    }

    // MARK: Parts

    private func integer(_ bytes: RawSpan, _ offset: Int) throws(Broken) -> Int {
        guard let value = bytes.littleEndian(at: end + offset, as: Int32.self) else {
            throw Broken(reason: "the file ends here", offset: end)
        }
        return Int(value)
    }

    private mutating func skip(_ bytes: RawSpan, _ size: Int, _ what: String) throws(Broken) {
        guard bytes.contains(offset: end, count: size) else {
            throw Broken(reason: "the file ends within the \(what)", offset: end)
        }
        end += size
    }

    /// A number of items of which each takes some bytes at least.
    private mutating func count(_ bytes: RawSpan, least: Int, _ what: String) throws(Broken) -> Int {
        guard let value = bytes.littleEndian(at: end, as: UInt64.self),
            value <= UInt64(bytes.byteCount - end) / UInt64(least)
        else { throw Broken(reason: "more \(what) are stated than the file can hold", offset: end) }
        end += 8
        return Int(value)
    }

    /// A list of numbers.
    private mutating func pass(_ bytes: RawSpan, items: Int, _ what: String) throws(Broken) {
        let number = try count(bytes, least: items, what)
        try skip(bytes, number * items, what)
    }

    /// A text behind its length; what is beyond `most` bytes is left out.
    private mutating func text(_ bytes: RawSpan, most: Int) throws(Broken) -> String {
        let length = try count(bytes, least: 1, "characters")
        let start = end
        try skip(bytes, length, "text")
        return bytes.text(at: start, count: min(length, most)) ?? ""
    }
}
