extension StringProtocol {
    /// Whether the text has the other somewhere, byte for byte. O(n·m) for short texts; the standard library's search
    /// prepares tables that cost more than the search.
    func holds(_ other: String) -> Bool {
        let found = utf8.withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { needle -> Bool in
                guard let first = needle.first else { return true }
                guard own.count >= needle.count else { return false }
                for start in 0...(own.count - needle.count) where own[start] == first {
                    var index = 1
                    while index < needle.count, own[start + index] == needle[index] { index += 1 }
                    if index == needle.count { return true }
                }
                return false
            }
        }
        return (found ?? nil) ?? contains(other)
    }
}
