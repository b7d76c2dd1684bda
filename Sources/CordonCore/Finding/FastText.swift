extension String {
    /// Whether the text contains ASCII `needle`, byte by byte.
    ///
    /// The library's own search compares grapheme clusters, which costs a hundred times more on short keys.
    /// - Complexity: O(n·m) for needles of a few bytes.
    package func contains(ascii needle: StaticString) -> Bool {
        let count = needle.utf8CodeUnitCount
        let start = needle.utf8Start
        let found = utf8.withContiguousStorageIfAvailable { haystack -> Bool in
            guard haystack.count >= count else { return false }
            for offset in 0...(haystack.count - count) where haystack[offset] == start[0] {
                var length = 1
                while length < count, haystack[offset + length] == start[length] { length += 1 }
                if length == count { return true }
            }
            return false
        }
        return found ?? contains(needle.description)
    }
}
