internal import CordonFormats

/// Tells pickles from everything else by running them.
enum PickleSniffer {
    /// Most opcodes executed to find out.
    private static let probe = 20_000

    /// Whether a pickle begins at `offset`: a protocol header, or opcodes that run to STOP or to a call.
    static func startsPickle(_ bytes: RawSpan, at offset: Int) -> Bool {
        guard let first = bytes.byte(at: offset) else { return false }
        if first == 0x80, let version = bytes.byte(at: offset + 1) {
            // A stray pair of bytes in raw data: what follows must run too.
            return version <= 5 && runs(bytes, from: offset, needsImport: false)
        }
        return headerless.contains(first) && runs(bytes, from: offset, needsImport: false)
    }

    /// Whether a file that no format claims is a pickle without a protocol header.
    ///
    /// Text often begins with an opcode; it counts when it runs to STOP exactly at the end of the file, or when it
    /// imports something that looks like a name and then uses it.
    static func isHeaderless(_ bytes: RawSpan) -> Bool {
        guard let first = bytes.byte(at: 0), headerless.contains(first) else { return false }
        var machine = PickleMachine(limits: PickleLimits(opcodes: probe))
        var position = 0
        for _ in 0..<64 {
            let end = machine.run(bytes, from: position)
            if usesImport(machine.trace) { return true }
            switch end {
            case .limit: return machine.trace.opcodeCount >= probe
            case .broken: return false
            case .stop(let next):
                if bytes.byteCount - next <= 2 {
                    return machine.trace.opcodeCount > 2 && machine.trace.imports.allSatisfy(isPlausible)
                }
                position = next
            }
        }
        return false
    }

    /// Whether opcodes at `offset` run to STOP, or to the use of an import.
    ///
    /// - Parameter isContinuation: the opcodes may use values that were left on the stack before.
    static func runs(_ bytes: RawSpan, from offset: Int, needsImport: Bool, isContinuation: Bool = false) -> Bool {
        var machine = PickleMachine(limits: PickleLimits(opcodes: probe))
        let end = isContinuation ? machine.resume(bytes, from: offset) : machine.run(bytes, from: offset)
        if usesImport(machine.trace) { return true }
        switch end {
        case .stop:
            return needsImport ? machine.trace.imports.contains(where: isPlausible) : machine.trace.opcodeCount > 1
        case .limit: return !needsImport
        case .broken: return false
        }
    }

    /// Whether opcodes from the start run to STOP, go on past the probe, or import something that looks like a name.
    static func loadsAnything(_ bytes: RawSpan) -> Bool {
        var machine = PickleMachine(limits: PickleLimits(opcodes: probe))
        guard case .broken = machine.run(bytes, from: 0) else { return true }
        return machine.trace.imports.contains(where: isPlausible)
    }

    private static func usesImport(_ trace: PickleTrace) -> Bool {
        trace.imports.contains { $0.uses != .referenced && isPlausible($0) }
    }

    /// Whether module and name are dotted identifiers.
    private static func isPlausible(_ item: PickleImport) -> Bool {
        !item.module.isEmpty
            && item.fullName.split(separator: ".").allSatisfy { PickleAllowList.isIdentifier(String($0)) }
    }

    /// Whether bytes that some other format claims are a pickle too: opcodes that import something and use it.
    static func isPolyglot(_ bytes: RawSpan) -> Bool {
        guard let first = bytes.byte(at: 0), first != 0x80, headerless.contains(first) else { return false }
        var machine = PickleMachine(limits: PickleLimits(opcodes: probe))
        _ = machine.run(bytes, from: 0)
        // Plain unpicklers stop at a persistent id, which is what `PK` begins with.
        return usesImport(machine.trace) && machine.trace.firstPersistentID == nil
    }

    /// Opcodes that a value can begin with.
    private static let headerless: Set<UInt8> = [
        0x28, 0x29, 0x5D, 0x7D, 0x63, 0x69, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x46, 0x47, 0x4E, 0x53, 0x54, 0x55, 0x56,
        0x58, 0x42,
        0x43, 0x50, 0x88, 0x89, 0x8A, 0x8C, 0x8D, 0x8E, 0x8F, 0x95, 0x96, 0x97, 0x80, 0x82, 0x83, 0x84,
    ]
}

/// Searches data that belongs to no format for pickles.
enum HiddenPickles {
    private static let attempts = 4096
    /// Starts of imports that only an attack writes without a protocol header.
    private static let imports = AnchorMap(
        [
            "cos\n", "cposix\n", "cnt\n", "csubprocess\n", "cbuiltins\n", "c__builtin__\n", "csys\n", "crunpy\n",
            "cimportlib\n",
            "cpty\n", "csocket\n", "cwebbrowser\n", "ctorch", "cnumpy", "coperator\n", "cfunctools\n", "cpickle\n",
            "c_pickle\n",
            "cpip\n", "ccommands\n", "cshutil\n", "ctimeit\n", "cpdb\n", "ccode\n",
        ].map { AnchorMap.Entry(word: Array($0.utf8), target: true) })

    /// Looks for protocol headers and for known imports, up to the limit of searched bytes.
    ///
    /// - Complexity: O(searched bytes + attempts × probe); both are bounded.
    static func search(_ view: ByteView, from start: Int, at spot: Spot, in inspection: Inspection) {
        let end = min(view.count, start + inspection.limits.searchedBytes)
        guard start < end else { return }
        if end < view.count {
            inspection.skipped("\(spot.prefix)bytes after offset \(end) were not searched for pickles")
        }
        let found = view.withSpan { bytes in firstPickle(bytes, start, end, inspection.expiry) }
        guard let offset = found else { return }
        inspection.report(
            Rules.pickleHidden, at: spot.offset(offset), "a pickle that uses imports begins here",
            subject: "hidden pickle")
        guard !inspection.isTooDeep(spot) else { return }
        PickleInspector.inspect(
            view.suffix(from: offset), at: spot.inside("pickle@\(offset)"),
            setting: .init(allowsPersistentIDs: true, allowsTrailing: true), in: inspection)
    }

    private static func firstPickle(_ bytes: RawSpan, _ start: Int, _ end: Int, _ isExpired: () -> Bool) -> Int? {
        var tried = 0
        var position = start
        while tried < attempts, let hit = bytes.firstIndex(of: 0x80, from: position, to: end) {
            position = hit + 1
            guard let version = bytes.byte(at: hit + 1), (2...5).contains(version) else { continue }
            tried += 1
            if PickleSniffer.runs(bytes, from: hit, needsImport: true) { return hit }
            if tried & 63 == 0, isExpired() { return nil }
        }
        return bytes.withUnsafeBytes { raw in
            let searched = UnsafeBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[..<end])
            var position = imports.next(searched, from: start)
            while position < end, tried < 2 * attempts {
                if imports.forEach(searched, at: position, { $0 }) {
                    tried += 1
                    if let offset = beginning(bytes, position, start) { return offset }
                    if tried & 63 == 0, isExpired() { return nil }
                }
                position = imports.next(searched, from: position + 1)
            }
            return nil
        }
    }

    /// The opcode at `hit`, or a mark just before it, that runs.
    private static func beginning(_ bytes: RawSpan, _ hit: Int, _ start: Int) -> Int? {
        let candidates = [hit - 1, hit].filter { $0 >= start && (bytes.byte(at: $0) == 0x28 || $0 == hit) }
        return candidates.first { PickleSniffer.runs(bytes, from: $0, needsImport: true) }
    }
}
