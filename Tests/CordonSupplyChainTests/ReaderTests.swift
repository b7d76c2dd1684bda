import CordonFormats
import Foundation
import Testing

@testable import CordonSupplyChain

/// One sample file with what it says, written by hand or by the tool itself; the folder is named after the format.
struct Sample: CustomTestStringConvertible {
    let folder: URL
    let file: URL
    let expected: DataNode
    var testDescription: String { folder.lastPathComponent }

    /// The file that the sample is about: included ones lie beside it.
    private static func main(_ files: [URL]) -> URL? {
        let readable = files.sorted { $0.path < $1.path }.filter {
            DependencyReader.reads(name: $0.lastPathComponent, folder: "")
        }
        return readable.first { $0.lastPathComponent == "requirements.txt" } ?? readable.first
    }

    static let all: [Sample] = {
        let root = Vectors.folder.appending(path: "Samples")
        let folders = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
        return folders.sorted { $0.path < $1.path }.compactMap { folder in
            guard let data = try? Data(contentsOf: folder.appending(path: "expected.json")),
                let expected = try? DataNode.json(Array(data)),
                let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil),
                let file = main(files)
            else { return nil }
            return Sample(folder: folder, file: file, expected: expected)
        }
    }()
}

@Suite("Manifests and lock files")
struct ReaderTests {
    @Test("Every named and versioned package of a sample is read with its version", arguments: Sample.all)
    func samples(_ sample: Sample) throws {
        let bytes = Array(try Data(contentsOf: sample.file))
        let file = try #require(DependencyReader.read(bytes, name: sample.file.lastPathComponent, folder: ""))
        #expect(file.problems.isEmpty, "\(file.problems)")
        let found = Dictionary(grouping: file.dependencies, by: { $0.key })
        for entry in sample.expected.elements {
            guard let name = entry["name"]?.string, let version = entry["version"]?.string else { continue }
            // The project itself is no dependency of its own.
            if entry["source"]?.string == nil || sample.testDescription == "pip-requirements" && name == "beta" {
                continue
            }
            if ["root", "project", "self", "workspace"].contains(entry["scope"]?.string ?? "") { continue }
            let keys = Set(Ecosystem.allCases.map { $0.normalised(name) })
            // Swift packages are named by their address.
            let byAddress = file.dependencies.filter { $0.ecosystem == .swift && $0.key.hasSuffix("/" + name) }
            let versions = (keys.flatMap { found[$0] ?? [] } + byAddress).map { $0.version ?? "" }
            #expect(versions.contains(version), "\(name) \(version), found \(versions)")
        }
    }

    @Test("There is a sample for nearly every format")
    func coverage() { #expect(Sample.all.count >= 36) }

    @Test("pip's lines: options, hashes, continuations, comments, addresses")
    func requirements() throws {
        let text = """
            --index-url https://pypi.example/simple
            --extra-index-url=https://private.example/simple
            --trusted-host private.example
            -r base.txt
            -c constraints.txt
            numpy==1.26.4 \\
                --hash=sha256:0011 \\
                --hash=sha256:0022
            torch @ https://download.example/torch-2.1.0-cp311-cp311-linux_x86_64.whl#sha256=aa
            git+https://git.example/x/y.git@main#egg=y
            git+https://git.example/x/z.git@0123456789abcdef0123456789abcdef01234567#egg=z
            requests[socks]>=2,<3 ; python_version > "3.8"  # a comment
            ./local
            """
        let file = RequirementsReader.read(Array(text.utf8))
        #expect(file.problems.isEmpty)
        #expect(file.indexes.primary.map(\.line) == [1] && file.indexes.extra.map(\.line) == [2])
        #expect(file.indexes.trustedHosts.count == 1)
        #expect(file.includes.map(\.isConstraint) == [false, true])
        let names = file.dependencies.map(\.name)
        #expect(names == ["numpy", "torch", "y", "z", "requests", "local"])
        #expect(file.dependencies[0].hashes.count == 2 && file.dependencies[0].line == 6)
        #expect(file.dependencies[1].version == "2.1.0" && file.dependencies[1].hashes == ["sha256:aa"])
        guard case .repository(_, "main", isFixed: false) = file.dependencies[2].origin else { throw Unexpected() }
        guard case .repository(_, _, isFixed: true) = file.dependencies[3].origin else { throw Unexpected() }
        #expect(file.dependencies[4].version == nil && file.dependencies[4].hasMarker)
    }

    struct Unexpected: Error {}

    @Test("Install lines of notebooks and container files are read, with heredocs and several commands a line")
    func commands() throws {
        let notebook = """
            {"cells": [{"cell_type": "code", "source": ["import x\\n", "!pip install -q numpy==1.26.4 transformers\\n", "%conda install -y scipy=1.11.4"]},
             {"cell_type": "markdown", "source": "!pip install nothing"}], "nbformat": 4}
            """
        let cells = try #require(DependencyReader.read(Array(notebook.utf8), name: "a.ipynb", folder: ""))
        #expect(cells.dependencies.map(\.name) == ["numpy", "transformers", "scipy"])
        let container = """
            FROM python:3.12-slim@sha256:\(String(repeating: "a", count: 64)) AS base
            RUN apt-get update && apt-get install -y git=1:2.39.2-1 && \\
                pip install --no-cache-dir "torch>=2" flask==2.3.2
            RUN <<EOF
            pip install evil-package==6.6.6
            EOF
            FROM base
            """
        let file = try #require(DependencyReader.read(Array(container.utf8), name: "Dockerfile", folder: ""))
        #expect(file.dependencies.map(\.name) == ["python", "git", "torch", "flask", "evil-package"])
        #expect(file.dependencies[4].version == "6.6.6")
    }

    @Test(
        "Broken files become problems that name the line",
        arguments: [
            ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"a\",\n", 4),
            ("poetry.lock", "[[package]]\nname = \"a\"\nname = \"b\"\n", 3),
            ("package-lock.json", "{\n \"packages\": {\n", 3),
            ("environment.yml", "dependencies:\n  - a\n b: [", 3), ("pom.xml", "<project>\n<a></b>\n</project>", 2),
            ("pom.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<project/>", 1),
        ])
    func broken(_ name: String, _ text: String, _ line: Int) throws {
        let file = try #require(DependencyReader.read(Array(text.utf8), name: name, folder: ""))
        #expect(file.problems.count == 1)
        #expect(file.problems.first?.line == line, "\(file.problems)")
    }

    @Test("Deep nesting and growing aliases end in a problem, not in a crash")
    func bombs() throws {
        let deep = String(repeating: "[", count: 100_000)
        for name in ["package-lock.json", "environment.yml", "pyproject.toml"] {
            let text = name == "pyproject.toml" ? "a = " + deep : deep
            #expect(try #require(DependencyReader.read(Array(text.utf8), name: name, folder: "")).problems.count == 1)
        }
        var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            laughs +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        #expect(throws: DataFailure.self) { try DataNode.yaml(Array(laughs.utf8)) }
        #expect(throws: DataFailure.self) { try XMLElement.parse(Array(String(repeating: "<a>", count: 1000).utf8)) }
    }

    @Test("TOML is read with the line of every value")
    func toml() throws {
        let text = """
            a.b = 1
            [t]
            s = \"\"\"
            one
            two\"\"\"
            d = 2024-01-02 03:04:05Z
            [[x]]
            y = {z = [1, 2.5, true, 'q'], "w w" = "\\u00e9"}
            [[x]]
            """
        let root = try TOMLReader.parse(Array(text.utf8))
        #expect(root["a", "b"]?.integer == 1)
        #expect(root["t", "s"]?.string == "one\ntwo")
        #expect(root["t", "d"]?.string == "2024-01-02 03:04:05Z")
        #expect(root["x"]?.elements.count == 2 && root["x"]?.elements[1].line == 9)
        #expect(root["x"]?.elements[0]["y", "w w"]?.string == "é")
        for bad in ["a = 1\na = 2", "[a]\n[a]", "a = \"x", "a = ", "a 1", "a = 1 b = 2", "a = \"\\q\"", "[a\n"] {
            #expect(throws: DataFailure.self, "\(bad)") { try TOMLReader.parse(Array(bad.utf8)) }
        }
    }

    @Test("Secrets in addresses and arguments are not shown")
    func redaction() {
        #expect(Redaction.url("https://user:pw@host.example/simple?token=x") == "https://…@host.example/simple?…")
        #expect(Redaction.url("https://conda.example/t/SECRET/channel") == "https://conda.example/t/…/channel")
        #expect(
            Redaction.arguments([
                "train.py", "--api-key", "abc", "--token=xyz", "--lr", "0.1", "hf_aaaaaaaaaaaaaaaaaaaaaaaaa",
            ])
                == ["train.py", "--api-key", "[redacted]", "--token=[redacted]", "--lr", "0.1", "[redacted]"])
    }
}
