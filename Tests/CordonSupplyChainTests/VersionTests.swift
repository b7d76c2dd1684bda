import CordonFormats
import Foundation
import Testing

@testable import CordonSupplyChain

/// Vectors that the tools which own a version format answered; see `Scripts/make_version_vectors.py`.
enum Vectors {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    static let versions: DataNode = {
        let bytes = (try? Data(contentsOf: folder.appending(path: "Vectors/versions.json"))).map { Array($0) } ?? []
        return (try? DataNode.json(bytes)) ?? DataNode(.null, line: 0)
    }()

    static func rows(_ key: String) -> [[DataNode]] { versions[key]?.elements.map(\.elements) ?? [] }
}

@Suite("Versions are ordered as their own tools order them")
struct VersionTests {
    @Test(
        "Every pair of the vectors comes out as the tool says",
        arguments: [
            ("python", VersionOrder.python), ("npm", .semantic), ("debian", .debian), ("maven", .maven),
            ("ruby", .ruby),
        ])
    func orders(_ key: String, _ order: VersionOrder) throws {
        let rows = Vectors.rows(key)
        try #require(rows.count >= 190)
        for row in rows {
            let (a, b) = (try #require(row[0].string), try #require(row[1].string))
            let expected = try #require(row[2].integer)
            if key == "python" {
                let (one, two) = (try #require(PythonVersion(a)), try #require(PythonVersion(b)))
                #expect((one == two ? 0 : one < two ? -1 : 1) == expected, "\(a) and \(b)")
            } else {
                #expect(order.compare(a, b) == expected, "\(a) and \(b)")
            }
        }
    }

    @Test("Python requirements contain what packaging says they contain")
    func pythonRequirements() throws {
        let rows = Vectors.rows("pythonContains")
        try #require(rows.count >= 300)
        for row in rows {
            let (text, version) = (try #require(row[0].string), try #require(row[1].string))
            let requirement = try #require(PythonRequirement(text))
            let found = requirement.contains(try #require(PythonVersion(version)), text: version)
            #expect(found == row[2].boolean, "\(text) and \(version)")
        }
    }

    @Test("npm ranges contain what npm says they contain")
    func npmRanges() throws {
        let rows = Vectors.rows("npmContains")
        try #require(rows.count >= 300)
        for row in rows {
            let (text, version) = (try #require(row[0].string), try #require(row[1].string))
            let range = try #require(SemanticRequirement(text, dialect: .npm))
            #expect(range.contains(try #require(SemanticVersion(version))) == row[2].boolean, "\(text) and \(version)")
        }
    }

    @Test("A local build of a Python release counts as that release in an advisory")
    func localBuilds() {
        #expect(VersionOrder.python.compare("2.0.1+cu121", "2.0.1") == 0)
        #expect(VersionOrder.python.compare("2.0.1+cu121", "2.0.1+cu122") == -1)
    }

    @Test("What is no version has no place in the order")
    func nonsense() {
        #expect(VersionOrder.python.compare("latest", "1.0") == nil)
        #expect(VersionOrder.semantic.compare("main", "1.0.0") == nil)
        #expect(PythonRequirement("^1.2") == nil)
        #expect(SemanticRequirement("latest", dialect: .npm) == nil)
    }

    @Test("CVSS base scores are those of the specification's reference")
    func scores() throws {
        let rows = Vectors.rows("cvss")
        try #require(rows.count >= 8)
        for row in rows {
            #expect(
                CVSS.score(try #require(row[0].string)) == row[1].string.flatMap(Double.init), "\(row[0].string ?? "")")
        }
        for bad in [
            "CVSS:3.1/AV:N", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        ] {
            #expect(CVSS.score(bad) == nil)
        }
    }
}
