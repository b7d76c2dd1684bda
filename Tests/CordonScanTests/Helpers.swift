import CordonCore
import CordonScan

/// Rule ids of everything found in bytes, worst first.
func rules(in bytes: [UInt8], name: String = "file.bin") -> [String] {
    Scanner().scan(bytes: bytes, name: name).findings.map(\.ruleID)
}

/// What the scan says about bytes as a whole.
func outcome(of bytes: [UInt8], name: String = "file.bin") -> Outcome? {
    Scanner().scan(bytes: bytes, name: name).entries.first?.outcome
}
