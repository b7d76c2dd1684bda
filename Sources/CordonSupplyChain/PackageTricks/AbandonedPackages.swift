/// Packages whose makers say that they are no longer maintained under that name.
package enum AbandonedPackages {
    /// The name that took over; empty when there is none. `nil` for a package that is not known to be abandoned.
    package static func successor(_ key: PackageKey) -> String? { byKey[key] }

    private static let byKey: [PackageKey: String] = {
        var result: [PackageKey: String] = [:]
        for line in rows.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 3, let ecosystem = Ecosystem(osv: String(words[0])) else { continue }
            result[PackageKey(ecosystem, String(words[1]))] = String(words[2])
        }
        return result
    }()
}
