internal import CordonSigning
internal import Dispatch
internal import Synchronization

/// Work on parts of one document on every processor, while the results are used one after the other in their order.
enum OrderedPipeline {
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

    /// Calls `body` with what `transform` makes of every input, in the inputs' order, on this thread.
    ///
    /// - Parameters:
    ///   - next: the next input; `nil` after the last. Called on this thread, ahead of `body` by one more than there are
    ///     processors at most, which bounds memory.
    static func run<Input: Sendable, Output: Sendable>(
        _ next: () -> Input?, _ transform: @escaping @Sendable (Input) -> Output, _ body: (Output) -> Void
    ) {
        var waiting: [Pending<Output>] = []
        var isDone = false
        while true {
            while !isDone, waiting.count <= HashPlan.processors {
                if let input = next() { waiting.append(Pending(input, transform)) } else { isDone = true }
            }
            guard !waiting.isEmpty else { return }
            if let output = waiting.removeFirst().wait() { body(output) }
        }
    }
}
