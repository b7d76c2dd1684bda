/// Imports and calls: what would be imported, and what would be called with which arguments.
extension PickleMachine {
    mutating func global(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let module = line(bytes, &position), let name = line(bytes, &position) else { return .truncated }
        return push(intern(bytes, module, name, .opcode, offset))
    }

    mutating func stackGlobal(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let name = popValue(), let module = popValue() else { return .underflow }
        if let moduleRange = plainRange(of: module, in: bytes), let nameRange = plainRange(of: name, in: bytes) {
            return push(intern(bytes, moduleRange, nameRange, .stack, offset))
        }
        guard let moduleText = text(of: module, in: bytes), let nameText = text(of: name, in: bytes) else {
            if isFirst(.computedName) {
                let detail = "module \(describe(module, bytes)), name \(describe(name, bytes))"
                note(.computedName, offset, detail)
            }
            return push(.opaque)
        }
        return push(intern(moduleText, nameText, .stack, offset))
    }

    mutating func intern(
        _ bytes: RawSpan, _ module: Range<Int>, _ name: Range<Int>, _ origin: PickleImport.Origin, _ offset: Int
    ) -> PickleValue {
        guard module.count <= limits.nameBytes, name.count <= limits.nameBytes else {
            note(.longName, offset, "a name of \(max(module.count, name.count)) bytes")
            return .opaque
        }
        let hash = PickleNames.hash(bytes, module, name)
        if let known = names.number(hash, bytes, module, name) { return PickleValue(.imported, known) }
        let moduleText = bytes.text(at: module.lowerBound, count: module.count) ?? ""
        let nameText = bytes.text(at: name.lowerBound, count: name.count) ?? ""
        let value = intern(moduleText, nameText, origin, offset)
        if value.kind == .imported { names.remember(value.payload, hash, module, name) }
        return value
    }

    mutating func intern(
        _ module: String, _ name: String, _ origin: PickleImport.Origin, _ offset: Int
    ) -> PickleValue {
        guard module.utf8.count <= limits.nameBytes, name.utf8.count <= limits.nameBytes else {
            note(.longName, offset, "a name of \(max(module.utf8.count, name.utf8.count)) bytes")
            return .opaque
        }
        guard trace.imports.count < Self.importLimit else {
            note(.resource, offset, "more than \(Self.importLimit) distinct imports, the later ones unjudged")
            return .opaque
        }
        let number = names.number(module: module, name: name, origin: origin) {
            trace.imports.append(PickleImport(module: module, name: name, origin: origin, offset: offset))
            return trace.imports.count - 1
        }
        return PickleValue(.imported, number)
    }

    // MARK: Calls

    mutating func instance(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let module = line(bytes, &position), let name = line(bytes, &position) else { return .truncated }
        let callee = intern(bytes, module, name, .opcode, offset)
        guard let mark = marks.popLast() else { return .underflow }
        let arguments = make(.tuple)
        append(from: mark, to: arguments)
        stack.removeSubrange(mark...)
        return push(call(callee, arguments, .called, bytes, offset))
    }

    mutating func object(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let mark = marks.popLast(), mark < stack.count else { return .underflow }
        let callee = stack[mark]
        let arguments = make(.tuple)
        append(from: mark + 1, to: arguments)
        stack.removeSubrange(mark...)
        return push(call(callee, arguments, .called, bytes, offset))
    }

    mutating func reduce(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let arguments = popValue(), let callee = popValue() else { return .underflow }
        return push(call(callee, arguments, .called, bytes, offset))
    }

    mutating func newObject(_ bytes: RawSpan, _ offset: Int, keywords: Bool) -> Step {
        if keywords, popValue() == nil { return .underflow }
        guard let arguments = popValue(), let callee = popValue() else { return .underflow }
        return push(call(callee, arguments, .instantiated, bytes, offset))
    }

    mutating func call(
        _ callee: PickleValue, _ arguments: PickleValue, _ use: PickleUse, _ bytes: RawSpan, _ offset: Int
    ) -> PickleValue {
        guard let target = callable(callee) else {
            if isFirst(.computedCall) {
                let detail = describe(callee, bytes) + describeArguments(arguments, bytes)
                note(.computedCall, offset, detail)
            }
            return .opaque
        }
        let special = names.special(target.number)
        record(target, arguments, use, bytes, offset, sensitive: [.codec, .metaclass, .typeLoader].contains(special))
        if target.throughResult, special != .none, special != .typeLoader, isFirst(.computedCall) {
            let detail = describe(callee, bytes) + describeArguments(arguments, bytes)
            note(.computedCall, offset, detail)
        }
        noteSizes(special, arguments, bytes, offset)
        if special == .bytesLoader { noteLoaded(arguments, bytes, offset) }
        if special == .applier, use == .called { return apply(arguments, bytes, offset) }
        if special == .getattr, use == .called { return attribute(arguments, bytes, offset) }
        if special == .importer, use == .called { return importing(arguments, bytes, offset) }
        let result = make(use == .instantiated ? .instantiated : .called)
        guard result.kind == .node else { return result }
        let index = result.payload
        nodes[index].callee = callee
        if arguments.kind == .node {
            nodes[index].weight = nodes[arguments.payload].weight
            nodes[index].depth = nodes[arguments.payload].depth + 1
        }
        nodes[index].start = UInt32(clamping: items.count)
        nodes[index].count = 1
        items.append(arguments)
        return result
    }

    /// Calls that ask for more memory than any model, or for an endless sequence.
    mutating func noteSizes(
        _ special: PickleNames.Special, _ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int
    ) {
        guard special == .sized || special == .consumer, let first = keptItems(of: arguments).first else { return }
        if special == .consumer {
            guard first.kind == .node, let source = callable(first), names.special(source.number) == .endless else {
                return
            }
            let sizes = keptItems(of: keptItems(of: first).first ?? .opaque).compactMap(\.integerValue)
            if trace.imports[source.number].name != "range" || (sizes.max() ?? 0) > 1 << 31 {
                note(.resource, offset, "a container is filled from \(describe(first, bytes))")
            }
            return
        }
        let extents = first.integerValue.map { [$0] } ?? keptItems(of: first).compactMap(\.integerValue)
        let total = extents.reduce(1.0) { $0 * Double($1) }
        if total > 4e9 { note(.resource, offset, "\(Int(min(total, 1e18))) elements are asked for") }
    }

    /// `torch.storage._load_from_bytes(data)` loads its argument: it is a file of its own.
    mutating func noteLoaded(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) {
        guard let data = keptItems(of: arguments).first, trace.loadedParts.count < Self.partLimit else {
            return note(.computedCall, offset, "data to load that cannot be read")
        }
        if data.kind == .bytes || data.kind == .string, let range = range(of: data, in: bytes) {
            trace.loadedParts.append(PickleLoadedPart(range: range, isLatin1Text: false))
        } else if data.kind == .node, let maker = callable(data), names.special(maker.number) == .codec,
            let text = keptItems(of: keptItems(of: data).first ?? .opaque).first, let range = range(of: text, in: bytes)
        {
            trace.loadedParts.append(PickleLoadedPart(range: range, isLatin1Text: true))
        } else {
            note(.computedCall, offset, "data to load that is computed: \(describe(data, bytes))")
        }
    }

    /// `torch._tensor._rebuild_from_type_v2(function, type, arguments, state)` calls the function.
    mutating func apply(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let parts = keptItems(of: arguments)
        guard parts.count >= 3 else {
            note(.computedCall, offset, "a call that is computed: \(describe(arguments, bytes))")
            return .opaque
        }
        return call(parts[0], parts[2], .called, bytes, offset)
    }

    /// The import behind a callee: itself, or what made the value that is called.
    func callable(_ value: PickleValue) -> (number: Int, throughResult: Bool)? {
        var current = value
        var through = false
        for _ in 0..<8 {
            switch current.kind {
            case .imported: return (current.payload, through)
            case .node:
                let node = nodes[current.payload]
                guard node.kind == .called || node.kind == .instantiated else { return nil }
                current = wrapped(by: current) ?? node.callee
                through = true
            default: return nil
            }
        }
        return nil
    }

    mutating func record(
        _ target: (number: Int, throughResult: Bool), _ arguments: PickleValue, _ use: PickleUse, _ bytes: RawSpan,
        _ offset: Int, sensitive: Bool
    ) {
        let number = target.number
        trace.imports[number].uses.formUnion(target.throughResult ? [use, .resultCalled] : use)
        if trace.imports[number].callOffset == nil { trace.imports[number].callOffset = offset }
        if sensitive { recordTexts(arguments, number, bytes) }
        guard trace.imports[number].callCount < 3 else { return }
        trace.imports[number].callCount += 1
        let described = describeArguments(arguments, bytes)
        if !trace.imports[number].arguments.contains(described) { trace.imports[number].arguments.append(described) }
    }

    /// Keeps distinct argument lists; when there are too many, a list that no rule accepts stands for the rest.
    mutating func recordTexts(_ arguments: PickleValue, _ number: Int, _ bytes: RawSpan) {
        var texts = keptItems(of: arguments).prefix(4).map { text(of: $0, in: bytes) ?? "" }
        // Of a decoding only the codec matters.
        if names.special(number) == .codec, !texts.isEmpty { texts[0] = "" }
        guard !trace.imports[number].textArguments.contains(texts) else { return }
        if trace.imports[number].textArguments.count < 64 {
            trace.imports[number].textArguments.append(texts)
        } else if trace.imports[number].textArguments.count == 64 {
            trace.imports[number].textArguments.append(["?", "?", "?"])
        }
    }

    /// `getattr(base, "name")`: a new import when both are known, an anomaly otherwise.
    mutating func attribute(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let values = keptItems(of: arguments)
        guard values.count >= 2, let base = callable(values[0]), let name = text(of: values[1], in: bytes) else {
            if isFirst(.computedName) {
                let detail = "getattr" + describeArguments(arguments, bytes)
                note(.computedName, offset, detail)
            }
            return .opaque
        }
        let owner = trace.imports[base.number]
        return intern(owner.module, owner.name + "." + name, .attribute, offset)
    }

    /// `_ufunc_reconstruct("numpy", "log1p")`: imports what its arguments name.
    mutating func importing(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let values = keptItems(of: arguments)
        guard values.count == 2, let module = text(of: values[0], in: bytes), let name = text(of: values[1], in: bytes)
        else {
            if isFirst(.computedName) {
                let detail = "an import of" + describeArguments(arguments, bytes)
                note(.computedName, offset, detail)
            }
            return .opaque
        }
        return intern(module, name, .attribute, offset)
    }

    /// The function inside a `functools.partial`, from its state or else from its arguments.
    func wrapped(by value: PickleValue) -> PickleValue? {
        let callee = nodes[value.payload].callee
        guard callee.kind == .imported, names.special(callee.payload) == .partial else { return nil }
        let parts = keptItems(of: value)
        return parts.last.flatMap { keptItems(of: $0).first }
    }
}
