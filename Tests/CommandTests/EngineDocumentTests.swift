import CordonTensor
import Foundation
import Testing

@Suite("Documentation of the engine")
struct EngineDocumentTests {
    @Test("docs/engine.md lists every operator that can be run")
    func operators() throws {
        let text = try String(contentsOf: repository.appending(path: "docs/engine.md"), encoding: .utf8)
        for name in OperatorSet.names {
            let short = name.split(separator: ".").last.map(String.init) ?? name
            #expect(text.contains("`\(short)`"), "\(name)")
        }
    }
}
