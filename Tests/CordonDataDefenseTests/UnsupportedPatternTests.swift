import CordonData
import CordonTestSupport
import Glibc
import Testing

@testable import CordonDataDefense

@Suite("Unsupported patterns")
struct UnsupportedPatternTests {
    let folder = TemporaryFolder()

    @Test("The tail of the binomial distribution agrees with exact values")
    func binomial() {
        // Exact: 1 − 0.5^10 · 1 and 11/1024.
        #expect(abs(Binomial.logTail(hits: 1, trials: 10, chance: 0.5) - -0.000977039492) < 1e-9)
        #expect(abs(Binomial.logTail(hits: 9, trials: 10, chance: 0.5) - log(11.0 / 1024)) < 1e-9)
        #expect(Binomial.logTail(hits: 0, trials: 10, chance: 0.5) == 0)
    }
}
