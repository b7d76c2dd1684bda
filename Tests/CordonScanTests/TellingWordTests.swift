import CordonFormats
import Testing

@testable import CordonScan

@Suite("Words that code rules ask for")
struct TellingWordTests {
    private func calls(_ text: String) -> [String] {
        ByteView(copying: Array(text.utf8)).withSpan { PythonSource.read($0, telling: TellingWords.all) }.calls.map(
            \.name)
    }

    @Test("Every call that a rule asks for is read, by its full name and imported under another")
    func tables() {
        var names = CodeJudge.runners.union(CodeJudge.loaders.keys).union(CodeJudge.plainDownloads)
        for table in [
            CodeJudge.shells, CodeJudge.downloads, CodeJudge.processes, CodeJudge.hubs, CodeJudge.downloadEndings,
            CodeJudge.decoders,
        ] { names.formUnion(table) }
        names.formUnion([
            "torch.load", "yaml.load", "yaml.load_all", "ruamel.yaml.YAML", "numpy.load", "torch.hub.load",
            "torch.utils.model_zoo.load_url", "load_state_dict_from_url", "subprocess.run", "os.execv", "os.spawnl",
            "commands.getoutput", "ssl._create_unverified_context", "ssl._create_stdlib_context", "socket.socket",
        ])
        #expect(names.count > 100)
        #expect(
            calls("import keras\nm = keras.config\nm.enable_unsafe_deserialization()\n") == [
                "m.enable_unsafe_deserialization"
            ])
        for name in names {
            #expect(calls("x = 1\n\(name)(a)\n").contains(name), "\(name)")
            guard let dot = name.lastIndex(of: ".") else { continue }
            let (module, last) = (name[..<dot], name[name.index(after: dot)...])
            #expect(calls("from \(module) import \(last) as q\nq(a)\n").contains(name), "\(name)")
            #expect(calls("import \(module) as m\nm.\(last)(a)\n").contains(name), "\(name)")
            // Another name for a function, and for a module that is reached by a dot.
            #expect(calls("import \(module)\nq = \(name)\nq(a)\n").contains(name), "\(name)")
            guard module.contains("."), let top = module.split(separator: ".").first else { continue }
            #expect(calls("import \(top)\nm = \(module)\nm.\(last)(a)\n").contains(name), "\(name)")
            guard let end = module.lastIndex(of: ".") else { continue }
            let (outer, inner) = (module[..<end], module[module.index(after: end)...])
            #expect(calls("from \(outer) import \(inner) as m\nm.\(last)(a)\n").contains(name), "\(name)")
        }
    }

    @Test(
        "Every setting that a rule asks for is read",
        arguments: [
            "f(trust_remote_code=True)", "f(trust_repo=True)", "c.check_hostname = False",
            "c.verify_mode = ssl.CERT_NONE", "f(cert_reqs='CERT_NONE')",
            "q._create_default_https_context = q._create_unverified_context", "s.verify = False",
            "e['PYTHONHTTPSVERIFY'] = '0'", "e['GIT_SSL_NO_VERIFY'] = '1'",
            "e = {'NODE_TLS_REJECT_UNAUTHORIZED': '0'}", "f(CURL_CA_BUNDLE='')",
            "e['HF_HUB_DISABLE_SSL_VERIFY'] = '1'",
        ])
    func settings(_ text: String) {
        let source = ByteView(copying: Array(text.utf8)).withSpan { PythonSource.read($0, telling: TellingWords.all) }
        #expect(source.settings.contains { SettingJudge.judge($0, isTest: false) != nil }, "\(source.settings)")
    }
}
