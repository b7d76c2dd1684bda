internal import CordonCore
internal import CordonFormats

/// Native code where only weights should be.
enum NativeInspector {
    /// Searches bytes after `start`, up to the limit of searched bytes.
    static func search(_ view: ByteView, from start: Int = 1, at spot: Spot, in inspection: Inspection) {
        let end = min(view.count, start + inspection.limits.searchedBytes)
        guard start < end else { return }
        let found = view.withSpan { NativeCode.search($0, from: start, to: end) }
        for code in found.prefix(8) where !code.isAccelerator {
            inspection.report(
                Rules.exoticNative, at: spot.offset(code.offset), "a program or library (\(code.kind)) begins here",
                subject: "native \(code.kind) \(code.offset)")
        }
    }
}
