/// Digests of one thing by algorithm, lower-case hexadecimal.
///
/// Nearly everything has a SHA-256 and nothing else, which takes no dictionary here.
package struct DigestSet: Sendable, ExpressibleByDictionaryLiteral {
    private var sha256: String?
    private var others: [String: String] = [:]

    /// None.
    package init() {}

    /// From literals such as `["sha256": …]`.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (algorithm, value) in elements { self[algorithm] = value }
    }

    /// The digest of an algorithm: `sha256`, `sha512`, `gitcommit`, …
    package subscript(algorithm: String) -> String? {
        get { algorithm == "sha256" ? sha256 : others.isEmpty ? nil : others[algorithm] }
        set {
            if algorithm == "sha256" { sha256 = newValue } else { others[algorithm] = newValue }
        }
    }

    /// Whether there is none.
    package var isEmpty: Bool { sha256 == nil && others.isEmpty }
    /// How many there are.
    package var count: Int { others.count + (sha256 == nil ? 0 : 1) }

    /// Algorithms and values, by algorithm.
    package var sorted: [(algorithm: String, value: String)] {
        ((sha256.map { [("sha256", $0)] } ?? []) + others.map { ($0.key, $0.value) }).sorted { $0.0 < $1.0 }
    }
}

/// Spellings of algorithms and values, made one.
enum DigestName {
    /// `SHA-256` and `sha256` are one algorithm.
    static func plain(_ name: String) -> String {
        if name == "sha256" || name == "SHA-256" { return "sha256" }
        return name.lowercased().replacing("-", with: "")
    }

    /// Lower case.
    static func value(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) } ? text : text.lowercased()
    }
}
