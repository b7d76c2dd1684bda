extension String {
    /// The first occurrence of `needle`, without Foundation. O(n·m) for the short texts it is used on.
    func range(of needle: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle), let end = index(start, offsetBy: needle.count, limitedBy: endIndex) {
                return start..<end
            }
            start = index(after: start)
        }
        return nil
    }
}
