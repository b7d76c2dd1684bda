/// Jaccard's likeness of sets.
enum Jaccard {
    /// Members of both as a share of the members of either, 0…1; both in rising order without repetition. 0 for two empty sets.
    ///
    /// - Complexity: O(a + b).
    static func likeness<Member: Comparable>(_ a: [Member], _ b: [Member]) -> Double {
        var (i, j, both) = (0, 0, 0)
        while i < a.count, j < b.count {
            if a[i] == b[j] {
                both += 1
                i += 1
                j += 1
            } else if a[i] < b[j] {
                i += 1
            } else {
                j += 1
            }
        }
        let any = a.count + b.count - both
        return any == 0 ? 0 : Double(both) / Double(any)
    }
}
