internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Work on parts of something on every processor, while the results are used one after the other in their order.
package enum OrderedPipeline {
    /// A result that is on its way.
    private final class Pending<Output: Sendable>: Sendable {
        private let output = Mutex<Output?>(nil)
        private let group = DispatchGroup()

        init<Input: Sendable>(_ input: Input, _ transform: @escaping @Sendable (Input) -> Output) {
            // The group counts this work before it can be waited for.
            DispatchQueue.global().async(group: group) {
                let made = transform(input)
                self.output.withLock { $0 = made }
            }
        }

        func wait() -> Output? {
            group.wait()
            return output.withLock { $0 }
        }
    }

    /// Processors that work is spread over.
    package static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Calls `body` with what `transform` makes of every input, in the inputs' order, on this thread.
    ///
    /// - Parameters:
    ///   - next: the next input; `nil` after the last. Called on this thread, ahead of `body` by one more than there are
    ///     processors at most, which bounds memory.
    ///   - body: says whether to go on.
    package static func run<Input: Sendable, Output: Sendable>(
        _ next: () throws -> Input?, _ transform: @escaping @Sendable (Input) -> Output, _ body: (Output) throws -> Bool
    ) rethrows {
        var waiting: [Pending<Output>] = []
        var isDone = false
        while true {
            while !isDone, waiting.count <= processors {
                if let input = try next() { waiting.append(Pending(input, transform)) } else { isDone = true }
            }
            guard !waiting.isEmpty else { return }
            if let output = waiting.removeFirst().wait(), try !body(output) { return }
        }
    }
}
