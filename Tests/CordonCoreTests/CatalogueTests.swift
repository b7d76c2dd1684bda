import CordonCore
import Testing

@Suite("The catalogue of section 3")
struct CatalogueTests {
    @Test(
        "Every threat and control has its facts",
        arguments: Threat.allCases.map(\.entry) + Control.allCases.map(\.entry))
    func factsAreComplete(_ entry: CatalogueEntry) {
        #expect(!entry.name.isEmpty)
        #expect(entry.summary.hasSuffix("."))
        #expect(entry.permalink == "https://owaspai.org/go/\(entry.slug)/")
        #expect(!entry.related.isEmpty)
    }

    @Test("Every threat names ATLAS techniques")
    func threatsNameTechniques() {
        for threat in Threat.allCases {
            #expect(!threat.entry.atlas.isEmpty)
            #expect(threat.entry.atlas.allSatisfy { $0.id.hasPrefix("AML.T") })
        }
    }

    @Test("Threats and the controls against them name each other")
    func relationsAreMutual() {
        for control in Control.allCases {
            for slug in control.entry.related where Threat(rawValue: slug) != nil {
                #expect(
                    Threat(rawValue: slug)?.entry.related.contains(control.rawValue) == true, "\(control) and \(slug)")
            }
        }
    }

    @Test("Groups of the section are there", arguments: CatalogueGroup.allCases)
    func groups(_ group: CatalogueGroup) { #expect(group.entry.slug == group.rawValue) }
}
