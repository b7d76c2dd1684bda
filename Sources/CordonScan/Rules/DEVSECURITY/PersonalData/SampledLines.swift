internal import CordonFormats

/// Lines of a text: all of a small one; of a big one the beginning and stretches at even distances.
struct SampledLines {
    /// The lines, without their ends.
    let lines: [[UInt8]]
    /// Line numbers counted from 1, as far as the beginning reaches.
    let countedLines: Int
    /// Bytes that were looked at, of all.
    let coverage: Double

    private static let head = 1 << 20
    private static let stretch = 64 << 10
    private static let stretches = 24
    /// A longer line is cut.
    private static let longest = 64 << 10

    init(_ view: ByteView) {
        var lines: [[UInt8]] = []
        let total = view.count
        let first = Self.take(view, 0..<min(total, Self.head), isFirst: true, into: &lines)
        countedLines = lines.count
        var seen = first
        if total > Self.head {
            let step = (total - Self.head) / Self.stretches
            for index in 0..<Self.stretches {
                let start = Self.head + index * step
                seen += Self.take(
                    view, start..<min(total, start + min(step, Self.stretch)), isFirst: false, into: &lines)
            }
        }
        self.lines = lines
        coverage = total == 0 ? 1 : min(1, Double(seen) / Double(total))
    }

    /// Whole lines within a range; how many bytes were looked at.
    private static func take(_ view: ByteView, _ range: Range<Int>, isFirst: Bool, into lines: inout [[UInt8]]) -> Int {
        view.withSpan { bytes in
            var position = range.lowerBound
            if !isFirst {
                guard let feed = bytes.firstIndex(of: 0x0A, from: position, to: range.upperBound) else { return 0 }
                position = feed + 1
            }
            while position < range.upperBound {
                let feed = bytes.firstIndex(of: 0x0A, from: position, to: range.upperBound)
                // The last line of a stretch may go on beyond it.
                if feed == nil, range.upperBound < bytes.byteCount, !isFirst || position > 0 { break }
                var end = feed ?? range.upperBound
                let next = end + 1
                if end > position, bytes.byte(at: end - 1) == 0x0D { end -= 1 }
                lines.append(bytes.copy(at: position, count: min(longest, end - position)) ?? [])
                position = next
            }
            return range.count
        }
    }
}
