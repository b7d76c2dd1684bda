import CordonCore
import CordonTestSupport
import Glibc
import Testing

@testable import CordonSigning

/// Hands events to a test as they come.
private struct StreamSink: EventSink {
    let stream: AsyncStream<WatchEvent>
    private let continuation: AsyncStream<WatchEvent>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }
    func receive(_ event: WatchEvent) { continuation.yield(event) }
}

@Suite("Watching")
struct WatchTests {
    private func manifest(_ model: SignedModel) async throws -> VerifiedManifest {
        let bundle = try UnverifiedBundle.parse(try #require(SmallFile.read(model.signature, limit: 1 << 20)))
        return try await ModelVerifier(EnvelopeVerifier(.key(model.publicKey))).manifest(bundle)
    }

    private func state(_ model: SignedModel) async throws -> TreeState {
        var state = TreeState(
            tree: try Tree(model.path), manifest: try await manifest(model).manifest, signature: nil, jobs: 1)
        #expect(try await state.sweep(reading: 1).isEmpty)
        return state
    }

    @Test("A path is reported once when it changes and once when it is restored")
    func once() async throws {
        let model = try SignedModel()
        try await model.sign()
        var state = try await state(model)
        let path = Array("config.json".utf8)
        #expect(state.check(path) == nil)
        model.write("changed", to: "config.json")
        #expect(state.check(path)?.difference?.kind == .changed)
        #expect(state.check(path) == nil)
        model.remove("config.json")
        #expect(state.check(path)?.difference?.kind == .missing)
        model.write(SignedModel.files["config.json"] ?? "", to: "config.json")
        #expect(state.check(path)?.kind == .restored)
        #expect(state.differences.isEmpty)
    }

    @Test("A sweep finds what no event told, a link, a FIFO and a folder among it")
    func sweep() async throws {
        let model = try SignedModel()
        try await model.sign()
        var state = try await state(model)
        model.write("changed", to: "weights.bin")
        model.remove("config.json")
        symlink("weights.bin", model.path + "/config.json")
        model.write("x", to: "new/evil.py")
        mkfifo(model.path + "/fifo", 0o600)
        model.remove("empty.txt")
        mkdir(model.path + "/empty.txt", 0o755)
        let kinds = try await state.sweep(reading: 0).compactMap { $0.difference?.kind }
        #expect(kinds == [.link, .folder, .special, .added, .changed])
        #expect(try await state.sweep(reading: 0).isEmpty)
    }

    @Test("A file whose content changed under the same times is found by reading")
    func reading() async throws {
        let model = try SignedModel()
        try await model.sign()
        var state = try await state(model)
        model.write("vvvvvvvvvv", to: "weights.bin")
        // As if the kernel had told the same times: the state is told that it has seen this identity.
        let entry = try #require(
            try Tree(model.path).entries(TreeRules()).first { $0.path == Array("weights.bin".utf8) })
        state.known[entry.path] = TreeState.Known(identity: entry.identity)
        #expect(try await state.sweep(reading: 0).isEmpty)
        #expect(try await state.sweep(reading: 1).map(\.difference?.kind) == [.changed])
    }

    @Test("A file of another length is not read, however long it is")
    func sparse() async throws {
        let model = try SignedModel()
        try await model.sign()
        var state = try await state(model)
        truncate(model.path + "/weights.bin", 1 << 43)
        #expect(state.check(Array("weights.bin".utf8))?.difference?.kind == .changed)
        #expect(try await state.sweep(reading: 1).isEmpty)
    }

    @Test("Kernel events: writes, additions, moves of folders, replacement by rename, restoration")
    func events() async throws {
        let model = try SignedModel()
        try await model.sign()
        let sink = StreamSink()
        let watcher = TreeWatcher(
            try Tree(model.path), try await manifest(model), signature: nil, options: WatchOptions(),
            comparer: SignedModel.comparer, sink: sink)
        let running = Task { try await watcher.run() }
        var events = sink.stream.makeAsyncIterator()
        func next(_ kind: WatchEvent.Kind, _ path: String? = nil) async -> WatchEvent? {
            while let event = await events.next() {
                if event.kind == kind, path == nil || event.path?.display == path { return event }
            }
            return nil
        }
        #expect(await next(.ready) != nil)
        model.write("changed", to: "config.json")
        #expect(await next(.difference, "config.json")?.difference?.kind == .changed)
        model.write(SignedModel.files["config.json"] ?? "", to: "config.json")
        #expect(await next(.restored, "config.json") != nil)
        model.write("x", to: "a/b/c/evil.py")
        #expect(await next(.difference, "a/b/c/evil.py")?.difference?.kind == .added)
        model.write("y", to: "a/b/c/second.py")
        #expect(await next(.difference, "a/b/c/second.py") != nil)
        rename(model.path + "/sub", model.path + "/moved")
        #expect(await next(.difference, "sub/deep/vocab.txt")?.difference?.kind == .missing)
        rename(model.path + "/moved", model.path + "/sub")
        #expect(await next(.restored, "sub/deep/vocab.txt") != nil)
        let replacement = model.folder.write(Array("vvvvvvvvvv".utf8), to: "replacement")
        rename(replacement, model.path + "/weights.bin")
        #expect(await next(.difference, "weights.bin")?.difference?.kind == .changed)
        rename(model.path, model.path + "-away")
        #expect(await next(.difference, ".")?.difference?.kind == .moved)
        rename(model.path + "-away", model.path)
        #expect(await next(.restored, ".") != nil)
        watcher.stop()
        try await running.value
    }

    @Test("A write through a memory mapping is found")
    func mapped() async throws {
        let model = try SignedModel()
        try await model.sign()
        var state = try await state(model)
        let file = open(model.path + "/weights.bin", O_RDWR)
        let base = try #require(mmap(nil, 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
        base.storeBytes(of: 0x76, as: UInt8.self)
        msync(base, 10, MS_SYNC)
        munmap(base, 10)
        close(file)
        #expect(try await state.sweep(reading: 0).map(\.difference?.kind) == [.changed])
    }

    @Test("The first difference ends a watch that was told so; a look once ends by itself")
    func ends() async throws {
        let model = try SignedModel()
        try await model.sign()
        model.write("changed", to: "config.json")
        for isOnce in [true, false] {
            var options = WatchOptions()
            options.isOnce = isOnce
            options.stopsAtDifference = !isOnce
            let watcher = TreeWatcher(
                try Tree(model.path), try await manifest(model), signature: nil, options: options,
                comparer: SignedModel.comparer, sink: StreamSink())
            try await watcher.run()
            #expect(watcher.differences.map(\.kind) == [.changed])
        }
    }

    @Test("An event is one line of JSON")
    func json() {
        let event = WatchEvent(Difference(kind: .changed, path: AssetPath(bytes: [0x61, 0x0A, 0xFF]), detail: "x"))
        let text = String(decoding: event.json, as: UTF8.self)
        #expect(text.hasSuffix("}\n") && text.dropLast().contains("\n") == false)
        #expect(text.contains("\"event\":\"difference\"") && text.contains("\"kind\":\"changed\""))
    }

    @Test("A command gets the event on its standard input, and its failure is told")
    func command() async throws {
        let folder = TemporaryFolder()
        let sink = StreamSink()
        let good = CommandSink("cat > '\(folder.path)/event'") { sink.receive($0) }
        good.receive(WatchEvent(Difference(kind: .changed, path: AssetPath("$(touch x)"), detail: "")))
        let text = try #require(SmallFile.read(folder.path + "/event", limit: 1000))
        #expect(String(decoding: text, as: UTF8.self).contains("$(touch x)"))
        let bad = CommandSink("exit 3") { sink.receive($0) }
        bad.receive(WatchEvent(Difference(kind: .changed, path: AssetPath("a"), detail: "")))
        var events = sink.stream.makeAsyncIterator()
        #expect(await events.next()?.detail == "the command was run")
        #expect(await events.next()?.detail == "the command failed with status 3")
    }
}
