internal import CSystem
internal import CordonCore

/// Sends every event to several places.
package struct SinkList: EventSink {
    private let sinks: [any EventSink]

    /// Makes a list.
    package init(_ sinks: [any EventSink]) { self.sinks = sinks }

    /// Takes an event.
    package func receive(_ event: WatchEvent) { for sink in sinks { sink.receive(event) } }
}

/// Calls a function for every event.
package struct ClosureSink: EventSink {
    private let body: @Sendable (WatchEvent) -> Void

    /// Makes a sink.
    package init(_ body: @escaping @Sendable (WatchEvent) -> Void) { self.body = body }

    /// Takes an event.
    package func receive(_ event: WatchEvent) { body(event) }
}

/// The system's log (`syslog`), facility "authorization": alarms are alerts, the rest information.
package struct SyslogSink: EventSink {
    /// Makes a sink.
    package init() {}

    /// Takes an event.
    package func receive(_ event: WatchEvent) {
        cordon_log(event.isAlarm, String(decoding: event.json.dropLast(), as: UTF8.self))
    }
}

/// Runs a command for every alarm, with the event as JSON on its standard input.
///
/// The command is the operator's; nothing of the event, which an attacker may have a hand in, becomes part of it.
package final class CommandSink: EventSink {
    private let command: String
    private let report: @Sendable (WatchEvent) -> Void

    /// Makes a sink.
    ///
    /// - Parameter report: told how each run ended.
    package init(_ command: String, report: @escaping @Sendable (WatchEvent) -> Void) {
        self.command = command
        self.report = report
    }

    /// Runs the command and waits for it.
    package func receive(_ event: WatchEvent) {
        guard event.isAlarm else { return }
        let input = event.json
        let outcome = input.withUnsafeBytes { cordon_run_shell(command, $0.baseAddress, $0.count) }
        report(
            WatchEvent(
                .response, path: event.path,
                detail: outcome == 0 ? "the command was run" : "the command failed with status \(outcome)"))
    }
}
