/// State, persistent ids and frames: what happens to objects after they are made.
extension PickleMachine {
    mutating func build(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let state = popValue(), let target = top else { return .underflow }
        markPatched(target, offset)
        guard target.kind == .node else { return .next }
        let owner = nodes[target.payload].callee
        if owner.kind == .imported {
            trace.imports[owner.payload].uses.insert(.setState)
            let made =
                names.special(owner.payload) == .reconstructor
                ? keptItems(of: keptItems(of: target).first ?? .opaque).first : nil
            if made?.kind == .imported, names.special(made?.payload ?? 0) == .arrayWrapper {
                return followArray(state, bytes, &position)
            }
            if names.special(owner.payload) == .arrayWrapper { return followArray(state, bytes, &position) }
            if names.special(owner.payload) == .fileWrapper { noteState("filename", state, owner.payload, bytes) }
            if names.special(owner.payload) == .formula { noteState("formula", state, owner.payload, bytes) }
        } else if let maker = callable(target) {
            trace.imports[maker.number].uses.insert(.setState)
        }
        // numpy.dtype and others replace what their arguments said; keep the state where readers look for it.
        let kept = nodes[target.payload].next
        if kept != 0 {
            // The last state wins.
            nodes[Int(kept)].start = UInt32(clamping: items.count)
            items.append(state)
        } else if nodes[target.payload].count == 1, nodes.count < limits.nodes {
            nodes.append(PickleNode(kind: .more, count: 1, start: UInt32(clamping: items.count)))
            items.append(state)
            nodes[target.payload].next = UInt32(clamping: nodes.count - 1)
        }
        return .next
    }

    /// Remembers one text of a state dictionary: the file of joblib's old arrays, the formula of statsmodels' data.
    mutating func noteState(_ key: String, _ state: PickleValue, _ number: Int, _ bytes: RawSpan) {
        let pairs = keptItems(of: state)
        for index in stride(from: 0, to: pairs.count - 1, by: 2) where text(of: pairs[index], in: bytes) == key {
            guard trace.imports[number].textArguments.count < 64 else { return }
            trace.imports[number].textArguments.append([text(of: pairs[index + 1], in: bytes) ?? ""])
        }
    }

    mutating func markPatched(_ target: PickleValue, _ offset: Int) {
        guard target.kind == .imported else { return }
        trace.imports[target.payload].uses.insert(.patched)
        if trace.imports[target.payload].callOffset == nil { trace.imports[target.payload].callOffset = offset }
    }

    /// joblib writes an array's raw bytes, or for object arrays a pickle of its own, right behind the wrapper's BUILD.
    mutating func followArray(_ state: PickleValue, _ bytes: RawSpan, _ position: inout Int) -> Step {
        guard let array = JoblibArray(state: state, machine: self, bytes: bytes) else {
            return .fail(.computedName, "an array whose shape or type cannot be read")
        }
        if array.isObject {
            guard depth < Self.nestingLimit else { return .fail(.limit, "object arrays nested too deep") }
            return followNested(bytes, &position)
        }
        if array.isAligned {
            guard let padding = bytes.byte(at: position) else { return .truncated }
            position += 1 + Int(padding)
        }
        guard bytes.contains(offset: position, count: array.byteCount) else { return .truncated }
        if array.byteCount > 0, trace.skippedArrays.count < Self.partLimit {
            trace.skippedArrays.append(position..<(position + array.byteCount))
        } else if array.byteCount > 0, isFirst(.limit) {
            note(.limit, position, "more than \(Self.partLimit) arrays, the later ones unsearched")
        }
        position += array.byteCount
        // The pickler closes its frame before the raw bytes.
        frameEnd = 0
        return .next
    }

    mutating func followNested(_ bytes: RawSpan, _ position: inout Int) -> Step {
        let outer = (stack, marks, memo, sparseMemo, frameEnd)
        (stack, marks, memo, sparseMemo, frameEnd) = ([], [], [], [:], 0)
        depth += 1
        let end = execute(bytes, from: position)
        depth -= 1
        (stack, marks, memo, sparseMemo, frameEnd) = outer
        switch end {
        case .stop(let next):
            position = next
            frameEnd = 0
            return .next
        case .broken(let offset), .limit(let offset):
            position = offset
            return .fail(.truncated, "a nested object array breaks off")
        }
    }

    /// PyTorch's `('module', class, file, source)` stands for the class; other ids for data outside the pickle.
    mutating func persistent(_ offset: Int, _ identifier: PickleValue, _ bytes: RawSpan) -> Step {
        if trace.firstPersistentID == nil { trace.firstPersistentID = offset }
        let parts = keptItems(of: identifier)
        if parts.count >= 2, parts[1].kind == .imported, text(of: parts[0], in: bytes) == "module" {
            return push(parts[1])
        }
        // What the id said stays at hand for whoever lists tensors.
        return push(PickleValue(.persistent, identifier.kind == .node ? identifier.payload : 0))
    }

    mutating func skipExtension(
        _ size: Int, _ bytes: RawSpan, _ offset: Int, _ position: inout Int
    ) -> Step {
        note(.extensionCode, offset, "an import by number from the extension registry")
        return skip(size, bytes, &position, pushing: .opaque)
    }

    mutating func frame(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let length = bytes.littleEndian(at: position, as: UInt64.self) else { return .truncated }
        position += 8
        if offset < frameEnd { note(.frame, offset, "a frame begins inside another") }
        let room = bytes.byteCount - position
        if length > UInt64(room) {
            note(.frame, offset, "a frame of \(length) bytes where \(room) are left")
            frameEnd = bytes.byteCount
        } else {
            frameEnd = position + Int(length)
        }
        return .next
    }
}
