import CordonTestSupport
import Glibc
import Testing

@testable import CordonSigning

@Suite("Releases")
struct ReleaseTests {
    /// A store with two releases, the second one active.
    private func store() async throws -> (
        store: ReleaseStore, ids: [String], models: [SignedModel], need: [SignerRequirement]
    ) {
        let first = try SignedModel()
        try await first.sign()
        let store = try ReleaseStore(first.folder.path + "/store", creating: true)
        var ids: [String] = []
        // The same key signs both.
        let second = SignedModel(copying: first)
        second.write("second", to: "config.json")
        try await second.sign()
        let need: [SignerRequirement] = [.key(first.publicKey)]
        for model in [first, second] {
            let put = try await store.put(
                model.path, signature: model.signature, environment: DeployedEnvironment(), need)
            #expect(put.isNew)
            ids.append(put.record.id)
            #expect(try await store.activate(put.record.id, need).comparison.isMatch)
        }
        return (store, ids, [first, second], need)
    }

    private func active(_ store: ReleaseStore, _ name: String) -> String? {
        SmallFile.read(store.path + "/current/" + name, limit: 1000).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("Put, activate, list: newest first, and nothing twice")
    func lifecycle() async throws {
        let (store, ids, models, need) = try await store()
        #expect(active(store, "config.json") == "second")
        #expect(try store.entries().map(\.id) == ids.reversed() && store.activeID == ids[1])
        let again = try await store.put(
            models[0].path, signature: models[0].signature, environment: DeployedEnvironment(), need)
        #expect(!again.isNew && again.record.sequence == 1)
        #expect(try store.find(String(ids[0].prefix(8))).id == ids[0])
        #expect(throws: IntegrityFailure.self) { try store.find("zzzz") }
        #expect(throws: IntegrityFailure.self) { try store.find("") }
    }

    @Test("A model that is not as signed is not put, and leaves nothing behind")
    func refusedPut() async throws {
        let model = try SignedModel()
        try await model.sign()
        model.write("changed", to: "config.json")
        let store = try ReleaseStore(model.folder.path + "/store", creating: true)
        await #expect(throws: IntegrityFailure.self) {
            _ = try await store.put(
                model.path, signature: model.signature, environment: DeployedEnvironment(), [.key(model.publicKey)])
        }
        #expect(try store.entries().isEmpty)
        let other = try SignedModel.key(.p256).publicKey
        await #expect(throws: IntegrityFailure.self) {
            _ = try await store.put(
                model.path, signature: model.signature, environment: DeployedEnvironment(), [.key(other)])
        }
    }

    @Test("Files that were not signed do not come along")
    func onlySigned() async throws {
        let model = try SignedModel()
        try await model.sign()
        model.write("x", to: "evil.py")
        let store = try ReleaseStore(model.folder.path + "/store", creating: true)
        let put = try await store.put(
            model.path, signature: model.signature, environment: DeployedEnvironment(), [.key(model.publicKey)])
        #expect(SmallFile.read(store.folder(put.record.id) + "/tree/evil.py", limit: 10) == nil)
    }

    @Test("Rollback goes to the newest other release that is as signed, and says what it passed over")
    func rollback() async throws {
        let (store, ids, models, need) = try await store()
        let third = SignedModel(copying: models[0])
        third.write("third", to: "config.json")
        try await third.sign()
        let put = try await store.put(third.path, signature: third.signature, environment: DeployedEnvironment(), need)
        _ = try await store.activate(put.record.id, need)
        AtomicFile.write(Array("damaged".utf8), to: store.folder(ids[1]) + "/tree/config.json")
        let result = try await store.rollback(need)
        #expect(result.id == ids[0] && result.passedOver.count == 1 && store.activeID == ids[0])
        AtomicFile.write(Array("damaged".utf8), to: store.folder(put.record.id) + "/tree/config.json")
        await #expect(throws: IntegrityFailure.self) { _ = try await store.rollback(need) }
        #expect(store.activeID == ids[0])
    }

    @Test("A damaged release is not activated, and is replaced when it is put again")
    func damaged() async throws {
        let (store, ids, models, need) = try await store()
        AtomicFile.write(Array("damaged".utf8), to: store.folder(ids[0]) + "/tree/config.json")
        #expect(try await !store.activate(ids[0], need).comparison.isMatch)
        #expect(store.activeID == ids[1])
        let again = try await store.put(
            models[0].path, signature: models[0].signature, environment: DeployedEnvironment(), need)
        #expect(again.isNew)
        #expect(try await store.activate(ids[0], need).comparison.isMatch)
    }

    @Test("A signature of another release, and a damaged record, do not get through")
    func mixedUp() async throws {
        let (store, ids, models, need) = try await store()
        defer { withExtendedLifetime(models) {} }
        let other = try #require(SmallFile.read(store.folder(ids[1]) + "/signature", limit: 1 << 20))
        AtomicFile.write(other, to: store.folder(ids[0]) + "/signature")
        await #expect(throws: IntegrityFailure.self) { _ = try await store.activate(ids[0], need) }
        AtomicFile.write([0x7B], to: store.folder(ids[1]) + "/record.json")
        #expect(try store.entries().count == 2)
    }

    @Test("Another release's tree and signature together are not this release")
    func downgrade() async throws {
        let (store, ids, models, need) = try await store()
        defer { withExtendedLifetime(models) {} }
        for name in ["signature", "tree/config.json"] {
            let old = try #require(SmallFile.read(store.folder(ids[0]) + "/" + name, limit: 1 << 20))
            AtomicFile.write(old, to: store.folder(ids[1]) + "/" + name)
        }
        await #expect(throws: IntegrityFailure.self) { _ = try await store.manifest(ids[1], need) }
        await #expect(throws: IntegrityFailure.self) { _ = try await store.verify(ids[1], need) }
    }

    @Test("A store does not reach out of itself, and what was left out of the signature has no place in it")
    func outside() async throws {
        let (store, ids, models, need) = try await store()
        defer { withExtendedLifetime(models) {} }
        mkdir(store.folder(ids[0]) + "/tree/.git", 0o755)
        AtomicFile.write([1], to: store.folder(ids[0]) + "/tree/.git/evil.py")
        #expect(try await !store.verify(ids[0], need).comparison.isMatch)
        unlink(store.path + "/current")
        symlink("/releases/\(ids[1])/tree", store.path + "/current")
        #expect(store.activeID == nil)
        rename(store.folder(ids[1]), models[0].folder.path + "/away")
        symlink(models[0].folder.path + "/away", store.folder(ids[1]))
        await #expect(throws: IntegrityFailure.self) { _ = try await store.verify(ids[1], need) }
        models[0].folder.write([1], to: "precious/file")
        rmdir(store.path + "/incoming")
        symlink(models[0].folder.path + "/precious", store.path + "/incoming")
        #expect(throws: IntegrityFailure.self) { try ReleaseStore(store.path) }
        FolderRemoval.empty(store.path + "/incoming")
        #expect(SmallFile.read(models[0].folder.path + "/precious/file", limit: 10) == [1])
    }

    @Test("Numbers in a record that cannot be are refused", arguments: ["9223372036854775807", "-1", "1.5", "\"1\""])
    func sequence(_ number: String) {
        let text = "{\"id\":\"i\",\"model\":\"m\",\"sequence\":\(number),\"created\":1}"
        #expect(throws: IntegrityFailure.self) { try ReleaseRecord(Array(text.utf8)) }
    }

    @Test("What an interrupted put left is cleared, and never listed")
    func leftovers() async throws {
        let (store, ids, models, need) = try await store()
        mkdir(store.path + "/incoming/half", 0o755)
        AtomicFile.write([1], to: store.path + "/incoming/half/tree")
        mkdir(store.path + "/releases/not-an-id", 0o755)
        #expect(try store.entries().map(\.id) == ids.reversed())
        let third = SignedModel(copying: models[0])
        third.write("third", to: "config.json")
        try await third.sign()
        _ = try await store.put(third.path, signature: third.signature, environment: DeployedEnvironment(), need)
        #expect(Vectors.names(store.path + "/incoming").isEmpty)
    }
}

@Suite("Drift of the deployed environment")
struct DriftTests {
    private let folder = TemporaryFolder()

    @Test("Files, container files, Kubernetes manifests and names of variables")
    func drift() throws {
        let container = folder.write(Array("FROM python:3.11\nENV TOKEN=secret A=1\nUSER app\n".utf8), to: "Dockerfile")
        let kubernetes = folder.write(
            Array(
                "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: m:1\n    env:\n    - name: A\n      value: x\n"
                    .utf8), to: "pod.yaml")
        let file = folder.write(Array("a".utf8), to: "settings.ini")
        let recorded = try DeployedEnvironment(paths: [container, kubernetes, file], variableNames: ["PATH", "HOME"])
        #expect(recorded.drift(processNames: ["HOME", "PATH"]).isEmpty)
        let record = ReleaseRecord(id: "i", model: "m", sequence: 1, created: 2, environment: recorded)
        #expect(try ReleaseRecord(record.json) == record)
        #expect(!String(decoding: record.json, as: UTF8.self).contains("secret"))
        folder.write(Array("FROM python:3.12\nENV TOKEN=secret A=1 B=2\nUSER app\n".utf8), to: "Dockerfile")
        folder.write(
            Array(
                "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: m:2\n    env:\n    - name: LD_PRELOAD\n      value: x\n"
                    .utf8), to: "pod.yaml")
        unlink(file)
        let details = recorded.drift(processNames: ["HOME", "LD_PRELOAD"]).map(\.detail)
        for words in [
            "now says: FROM python:3.12", "no longer says: FROM python:3.11", "now says: ENV B",
            "containers.image = m:2",
            "now says: env LD_PRELOAD", "cannot be read any more", "'LD_PRELOAD' is set", "'PATH' was recorded",
        ] {
            #expect(details.contains { $0.contains(words) }, "\(words): \(details)")
        }
    }

    @Test("Names in a process's environment are read, values are not")
    func process() throws {
        let names = try DeployedEnvironment.variableNames(ofProcess: getpid())
        #expect(names.contains("PATH") && !names.contains { $0.contains("=") })
        #expect(throws: IntegrityFailure.self) { try DeployedEnvironment.variableNames(ofProcess: 0x7FFF_FFF0) }
    }
}
