package import CordonCore
internal import FoundationEssentials

/// Something that a watch has to say.
package struct WatchEvent: Sendable, Equatable {
    /// What it is.
    package enum Kind: String, Sendable {
        /// Everything is watched from now on.
        case ready
        /// Something is not as signed.
        case difference
        /// Something is as signed again.
        case restored
        /// An opening of something that is not as signed was refused.
        case refused
        /// A look at everything ended.
        case audit
        /// The kernel lost events, or cannot watch everything: the sweep stands in.
        case degraded
        /// Another release is watched from now on.
        case switched
        /// A response was carried out, or could not be.
        case response
    }
    /// What it is.
    package let kind: Kind
    /// What is different, for differences.
    package var difference: Difference?
    /// Where, relative to the tree.
    package var path: AssetPath?
    /// What exactly.
    package var detail = ""
    /// When, milliseconds since 1970.
    package var time: Int64 = DigestCache.now / 1_000_000

    /// Makes an event.
    package init(_ kind: Kind, path: AssetPath? = nil, detail: String = "") {
        self.kind = kind
        self.path = path
        self.detail = detail
    }

    /// A difference that was found.
    package init(_ difference: Difference) {
        kind = .difference
        self.difference = difference
        path = difference.path
        detail = difference.detail
    }

    /// One line of JSON, with its line feed.
    package var json: [UInt8] {
        var writer = JSONWriter(isCompact: true)
        writer.object { json in
            json.string("time", Self.text(time))
            json.string("event", kind.rawValue)
            json.string("kind", difference?.kind.rawValue)
            json.string("path", path?.display)
            if !detail.isEmpty { json.string("detail", detail) }
        }
        return writer.bytes + [0x0A]
    }

    private static func text(_ milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Whether somebody should know.
    package var isAlarm: Bool { kind == .difference || kind == .refused }
}

/// Somewhere that events go.
package protocol EventSink: Sendable {
    /// Takes an event; never blocks for long, never fails the watch.
    func receive(_ event: WatchEvent)
}
