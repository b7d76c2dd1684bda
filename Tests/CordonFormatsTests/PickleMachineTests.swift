import CordonFormats
import CordonTestSupport
import Testing

/// Runs one pickle.
private func trace(_ bytes: [UInt8], limits: PickleLimits = PickleLimits()) -> (PickleTrace, PickleEnd) {
    ByteView(copying: bytes).withSpan { span in
        var machine = PickleMachine(limits: limits)
        let end = machine.run(span, from: 0)
        return (machine.trace, end)
    }
}

private func trace(_ pickle: PickleAssembler) -> (PickleTrace, PickleEnd) { trace(pickle.bytes) }

@Suite("The pickle machine finds what would be imported and called")
struct PickleMachineTests {
    @Test("Protocol 4: STACK_GLOBAL and REDUCE")
    func stackGlobal() throws {
        let (trace, end) = trace(PickleAssembler.calling("os", "system"))
        let item = try #require(trace.imports.first)
        #expect(item.fullName == "os.system")
        #expect(item.uses.contains(.called))
        #expect(item.arguments == ["('echo cordon')"])
        #expect(end == .stop(next: PickleAssembler.calling("os", "system").count))
    }

    @Test(
        "Every way to call is seen",
        arguments: [
            ("GLOBAL", "cos\nsystem\n(S'id'\ntR."), ("INST", "(S'id'\nios\nsystem\n."),
            ("OBJ", "(cos\nsystem\nS'id'\no."),
            ("GLOBAL after junk", "N0cos\nsystem\n(S'id'\ntR."),
            ("through the memo", "cos\nsystem\np3\n0g3\n(S'id'\ntR."),
            ("with DUP", "cos\nsystem\n2(S'id'\ntR."), ("POP_MARK before", "(NNN1cos\nsystem\n(S'id'\ntR."),
        ])
    func calls(_ name: String, _ text: String) throws {
        let (trace, _) = trace(Array(text.utf8))
        let item = try #require(trace.imports.first)
        #expect(item.fullName == "os.system" && item.uses.contains(.called), "\(name)")
        #expect(item.arguments.first?.contains("id") == true)
    }

    @Test("NEWOBJ and NEWOBJ_EX instantiate, BUILD sets state")
    func instances() {
        let base = PickleAssembler().proto(2).global("a", "B").op(")")
        let (first, _) = trace(base.raw([0x81]).op("}b."))
        #expect(first.imports[0].uses == [.referenced, .instantiated, .setState])
        let (second, _) = trace(base.op("}").raw([0x92]).op("."))
        #expect(second.imports[0].uses == [.referenced, .instantiated])
    }

    @Test(
        "Names written with escapes are resolved",
        arguments: ["V\\u006fs\nVsystem\n", "S'\\x6f\\163'\nS'system'\n", "S\"os\"\nVsyst\\u0065m\n"])
    func escapes(_ names: String) {
        let (trace, _) = trace(PickleAssembler().proto().op(names).raw([0x93]).string("id").call.stop)
        #expect(trace.imports.map(\.fullName) == ["os.system"])
    }

    @Test("A name that is computed is an anomaly, not a silence")
    func computedName() {
        let pickle = PickleAssembler().proto().string("os").stackGlobal("codecs", "decode").string("flfgrz").call.raw([
            0x93
        ])
        #expect(trace(pickle.stop).0.anomalies.map(\.kind) == [.computedName])
    }

    @Test("getattr with constants becomes the attribute's own name")
    func getattr() {
        let pickle = PickleAssembler().proto().global("builtins", "getattr").global("builtins", "dict").string(
            "fromkeys"
        )
        .raw([0x86]).op("R)R.")
        let (trace, _) = trace(pickle)
        #expect(trace.imports.map(\.fullName) == ["builtins.getattr", "builtins.dict", "builtins.dict.fromkeys"])
        #expect(trace.imports[2].origin == .attribute)
        #expect(trace.imports[2].uses.contains(.called))
    }

    @Test("Calling what a call returned is recorded on its origin")
    func resultCalled() {
        let pickle = PickleAssembler().proto().global("operator", "attrgetter").string("system").call.global("os", "x")
            .raw([0x85])
        #expect(trace(pickle.op("R.")).0.imports[0].uses.contains(.resultCalled))
    }

    @Test("partial is followed to the function it wraps")
    func partial() {
        let pickle = PickleAssembler().proto().global("functools", "partial").global("os", "system").raw([0x85]).op(
            "R)R.")
        let called = trace(pickle).0.imports.first { $0.name == "system" }
        #expect(called?.uses.contains(.called) == true)
    }

    @Test("State stored on an import itself is recorded")
    func patched() {
        let pickle = PickleAssembler().proto(2).global("a", "B").op("}").string("x").integer(1).op("sb.")
        #expect(trace(pickle).0.imports[0].uses.contains(.patched))
    }

    @Test("Extension codes, persistent ids and out-of-band buffers are recorded or tolerated")
    func oddities() {
        #expect(trace(PickleAssembler().proto(2).raw([0x82, 1]).stop).0.anomalies.map(\.kind) == [.extensionCode])
        #expect(trace(PickleAssembler().op("Pid\n.")).0.firstPersistentID == 0)
        #expect(trace(PickleAssembler().proto(5).raw([0x97, 0x98]).stop).1 == .stop(next: 5))
    }

    @Test("Protocols 0 to 5 carry scalars of every kind to STOP")
    func scalars() {
        let pickle = PickleAssembler().proto(5).op("(I1\nI01\nL5L\nF1.5\nN").raw([
            0x88, 0x89, 0x8A, 1, 5, 0x8B, 1, 0, 0, 0, 9,
        ])
        .op("J").raw([1, 0, 0, 0]).op("K").raw([1]).op("M").raw([1, 0]).op("G").raw([0, 0, 0, 0, 0, 0, 0, 0])
        .op("S'x'\nVx\nT").raw([1, 0, 0, 0, 65]).op("U").raw([1, 65]).op("X").raw([1, 0, 0, 0, 65]).raw([0x8C, 1, 65])
        .raw([0x8D, 1, 0, 0, 0, 0, 0, 0, 0, 65]).op("B").raw([1, 0, 0, 0, 65]).op("C").raw([1, 65])
        .raw([0x8E, 1, 0, 0, 0, 0, 0, 0, 0, 65]).raw([0x96, 1, 0, 0, 0, 0, 0, 0, 0, 65]).op("]})t").raw([0x85, 0x94])
        .op("q").raw([200]).op("r").raw([1, 1, 0, 0]).op("h").raw([200]).op("j").raw([1, 1, 0, 0]).raw([0x86, 0x8F]).op(
            "(N"
        )
        .raw([0x90]).raw([0x86])
        let (trace, end) = trace(pickle.stop)
        #expect(end == .stop(next: pickle.stop.bytes.count))
        #expect(trace.anomalies.isEmpty)
    }
}

@Suite("The pickle machine stops where loading would")
struct PickleMachineEndTests {
    @Test(
        "Truncated anywhere, the payload before the cut is still seen",
        arguments: 1..<PickleAssembler.calling("os", "system").count)
    func truncated(_ length: Int) {
        let (_, end) = trace(Array(PickleAssembler.calling("os", "system").prefix(length)))
        guard case .broken = end else {
            Issue.record("cut at \(length) the end was \(end)")
            return
        }
    }

    @Test(
        "Each failure has its own kind",
        arguments: [
            ([0x80, 4, 0xFF], PickleAnomaly.Kind.unknownOpcode), ([0x52, 0x2E], .underflow),
            ([0x80, 9, 0x2E], .protocolVersion),
            ([0x68, 3, 0x2E], .underflow), ([0x4E], .truncated), ([0x2E], .underflow), ([0x74], .underflow),
            ([0x4E, 0x61, 0x2E], .underflow), ([0x58, 255, 255, 255, 255], .truncated),
            ([0x8D, 255, 255, 255, 255, 255, 255, 255, 255], .truncated),
        ])
    func failures(_ bytes: [UInt8], _ kind: PickleAnomaly.Kind) {
        #expect(trace(bytes).0.anomalies.map(\.kind) == [kind])
    }

    @Test("A payload before an invalid opcode is reported")
    func brokenAfterPayload() {
        let bytes = PickleAssembler().proto().stackGlobal("os", "system").string("id").call.raw([0xFF]).bytes
        #expect(trace(bytes).0.imports.map(\.fullName) == ["os.system"])
    }

    @Test("Frames that overlap or reach beyond the data are anomalies")
    func frames() {
        let beyond = PickleAssembler().proto().raw([0x95]).raw(littleEndian(UInt64(1000))).op("N.")
        #expect(trace(beyond).0.anomalies.map(\.kind) == [.frame])
        let nested = PickleAssembler().proto().raw([0x95]).raw(littleEndian(UInt64(11))).raw([0x95]).raw(
            littleEndian(UInt64(1))
        )
        .op("N.")
        #expect(trace(nested).0.anomalies.map(\.kind) == [.frame])
    }
}

@Suite("The pickle machine is bounded")
struct PickleMachineLimitTests {
    @Test("Doubling a container a hundred times is an expansion attack, found in linear time")
    func expansion() {
        var pickle = PickleAssembler().proto().op("](NNe").raw([0x94])
        for index in 0..<100 {
            pickle = pickle.op("0](h").raw([UInt8(index)]).op("h").raw([UInt8(index)]).op("e").raw([0x94])
        }
        let (trace, _) = trace(pickle.stop)
        #expect(trace.anomalies.map(\.kind) == [.expansion])
        #expect(trace.opcodeCount < 1000)
    }

    @Test("A memo index that makes the unpickler allocate gigabytes is found")
    func memoBomb() {
        #expect(
            trace(PickleAssembler().op("Nr").raw([255, 255, 255, 127]).stop).0.anomalies.map(\.kind) == [.resource])
    }

    @Test("An integer literal of a million digits is found")
    func integerBomb() {
        let digits = [UInt8](repeating: 0x39, count: 1_000_000)
        #expect(trace(PickleAssembler().op("I").raw(digits).op("\n.")).0.anomalies.map(\.kind) == [.resource])
    }

    @Test("A name of a megabyte is not followed but reported")
    func longName() {
        let name = String(repeating: "x", count: 1 << 20)
        #expect(trace(PickleAssembler().global("os", name).stop).0.anomalies.map(\.kind) == [.longName])
    }

    @Test("The opcode limit stops the run and says where")
    func opcodeLimit() {
        let (_, end) = trace([UInt8](repeating: 0x28, count: 1000), limits: PickleLimits(opcodes: 10))
        #expect(end == .limit(offset: 10))
    }

    @Test("Values beyond the node limit become opaque, calls are still seen")
    func nodeLimit() {
        var limits = PickleLimits()
        limits.nodes = 4
        var pickle = PickleAssembler().proto()
        for _ in 0..<10 { pickle = pickle.op(")0]0") }
        let (trace, _) = trace(pickle.raw(PickleAssembler.calling("os", "system")).bytes, limits: limits)
        #expect(trace.anomalies.map(\.kind) == [.limit])
        #expect(trace.imports.first?.uses.contains(.called) == true)
    }
}

@Suite("Arrays that joblib writes into the stream")
struct JoblibArrayTests {
    /// A wrapper with shape, dtype and alignment, as joblib 1.5 writes it.
    private func wrapper(_ code: String, count: Int, aligned: Bool) -> PickleAssembler {
        PickleAssembler().proto().stackGlobal("joblib.numpy_pickle", "NumpyArrayWrapper").op(")").raw([0x81]).op("}(")
            .string("shape").integer(count).raw([0x85]).string("dtype").stackGlobal("numpy", "dtype").string(code).raw([
                0x85
            ])
            .op("R").string("numpy_array_alignment_bytes").op(aligned ? "K\u{10}" : "N").op("ub")
    }

    @Test("Raw bytes after the wrapper are skipped exactly", arguments: [true, false])
    func skipsData(_ aligned: Bool) {
        let padding: [UInt8] = aligned ? [3, 0xFF, 0xFF, 0xFF] : []
        let pickle = wrapper("<f8", count: 2, aligned: aligned).raw(padding).raw([UInt8](repeating: 0x63, count: 16))
        let (trace, end) = trace(pickle.stop)
        #expect(end == .stop(next: pickle.stop.bytes.count))
        #expect(trace.imports.map(\.name) == ["NumpyArrayWrapper", "dtype"])
    }

    @Test("The pickle of an object array is followed")
    func objectArrays() {
        let pickle = wrapper("O8", count: 1, aligned: false).raw(PickleAssembler.calling("os", "system")).stop
        #expect(trace(pickle).0.imports.last?.fullName == "os.system")
    }

    @Test("An array whose size cannot be known breaks the run, visibly")
    func unknownSize() {
        #expect(trace(wrapper("Q9", count: 1, aligned: false).stop).0.anomalies.map(\.kind) == [.computedName])
    }
}
