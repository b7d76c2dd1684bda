/// Tuples, lists, dictionaries and sets: what is kept of them, and how large they would grow.
extension PickleMachine {
    /// A new empty node, or an opaque value once the limit is reached.
    mutating func make(_ kind: PickleNode.Kind) -> PickleValue {
        guard nodes.count < limits.nodes else {
            if isFirst(.limit) { note(.limit, 0, "more than \(limits.nodes) composite values") }
            return .opaque
        }
        nodes.append(PickleNode(kind: kind))
        return PickleValue(.node, nodes.count - 1)
    }

    mutating func tuple(of count: Int) -> Step {
        guard stack.count - (marks.last ?? 0) >= count else { return .underflow }
        let value = make(.tuple)
        append(from: stack.count - count, to: value)
        stack.removeLast(count)
        stack.append(value)
        return .next
    }

    mutating func gather(_ kind: PickleNode.Kind) -> Step {
        guard let mark = marks.popLast() else { return .underflow }
        let value = make(kind)
        append(from: mark, to: value)
        stack.removeSubrange(mark...)
        return push(value)
    }

    mutating func store(_ count: Int, _ offset: Int) -> Step {
        guard stack.count - (marks.last ?? 0) > count else { return .underflow }
        let target = stack[stack.count - count - 1]
        append(from: stack.count - count, to: target)
        markPatched(target, offset)
        stack.removeLast(count)
        return .next
    }

    mutating func storeMarked(_ offset: Int) -> Step {
        guard let mark = marks.popLast(), mark > (marks.last ?? 0) else { return .underflow }
        let target = stack[mark - 1]
        append(from: mark, to: target)
        markPatched(target, offset)
        stack.removeSubrange(mark...)
        return .next
    }

    /// Adds `stack[low...]` to a container's kept items and weight.
    mutating func append(from low: Int, to target: PickleValue) {
        guard target.kind == .node, low < stack.count else { return }
        let index = target.payload
        var added: Float = 0
        var deepest: UInt32 = 0
        for position in low..<stack.count where stack[position].kind == .node {
            let child = nodes[stack[position].payload]
            added += child.weight - 1
            deepest = max(deepest, child.depth)
        }
        nodes[index].weight += added + Float(stack.count - low)
        nodes[index].depth = max(nodes[index].depth, deepest + 1)
        if nodes[index].depth == Self.deepNesting {
            note(
                .expansion, 0,
                "containers nested \(Self.deepNesting) deep overflow the stack of whoever frees or prints them")
        }
        if nodes[index].weight > 1e9, nodes[index].weight > 1000 * Float(items.count + 1) {
            note(.expansion, 0, "shared containers expand to more than a thousand million values")
        }
        let keep = min(UInt32(clamping: stack.count - low), Self.keptItems &- min(Self.keptItems, nodes[index].kept))
        guard keep > 0 else { return }
        nodes[index].kept += keep
        let start = UInt32(clamping: items.count)
        items.append(contentsOf: stack[low..<(low + Int(keep))])
        if nodes[index].count == 0 {
            nodes[index].start = start
            nodes[index].count = keep
        } else if nodes.count < limits.nodes {
            // New runs go right behind the first one, linked; `keptItems(of:)` sorts by position.
            nodes.append(PickleNode(kind: .more, count: keep, start: start, next: nodes[index].next))
            nodes[index].next = UInt32(clamping: nodes.count - 1)
        }
    }

    /// The kept items of a container in the order they were added.
    func keptItems(of value: PickleValue) -> [PickleValue] {
        guard value.kind == .node else { return [] }
        var runs: [Range<Int>] = []
        var index = value.payload
        repeat {
            let node = nodes[index]
            runs.append(Int(node.start)..<Int(node.start + node.count))
            index = Int(node.next)
        } while index != 0 && runs.count <= Int(Self.keptItems)
        return runs.sorted { $0.lowerBound < $1.lowerBound }.flatMap { items[$0] }
    }
}
