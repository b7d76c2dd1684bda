internal import CordonCore
package import CordonSigning
internal import Glibc
internal import Synchronization

/// Sends alarms to an address as JSON, one `POST` each, from a thread of its own. At most a thousand wait.
package final class WebhookSink: EventSink {
    private let url: String
    private let fetcher: Fetcher
    private let waiting = Mutex<[WatchEvent]>([])
    private let onFailure: @Sendable (String) -> Void
    private let isStopped = Atomic<Bool>(false)

    /// Makes a sink.
    ///
    /// - Parameter onFailure: told when an alarm could not be delivered.
    package init(_ url: String, onFailure: @escaping @Sendable (String) -> Void) throws(IntegrityFailure) {
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw IntegrityFailure(.wrongUse, "--webhook takes an http or https address")
        }
        self.url = url
        self.onFailure = onFailure
        // The operator names the address, so it may be an internal one.
        fetcher = try Fetcher(allowsPrivateAddresses: true)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let isStarted =
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<WebhookSink>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                }, box.toOpaque()) == 0
        if !isStarted {
            box.release()
            throw IntegrityFailure(.toolMissing, "no thread can be started for the webhook")
        }
        pthread_detach(thread)
    }

    /// Takes an event; alarms and what became of them are sent.
    package func receive(_ event: WatchEvent) {
        guard event.isAlarm || event.kind == .restored || event.kind == .response else { return }
        waiting.withLock { if $0.count < 1000 { $0.append(event) } }
    }

    /// Waits until everything was sent, for a few seconds at most.
    package func finish() {
        for _ in 0..<50 where waiting.withLock({ !$0.isEmpty }) { usleep(100_000) }
        isStopped.store(true, ordering: .relaxed)
    }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            guard let event = waiting.withLock({ $0.first }) else {
                usleep(100_000)
                continue
            }
            let outcome = fetcher.post(event.json, to: url, contentType: "application/json", timeout: .seconds(5))
            if !(200..<300).contains(outcome.status) {
                onFailure("the webhook did not take an alarm: \(outcome.problem ?? "status \(outcome.status)")")
            }
            waiting.withLock { if !$0.isEmpty { $0.removeFirst() } }
        }
    }
}
