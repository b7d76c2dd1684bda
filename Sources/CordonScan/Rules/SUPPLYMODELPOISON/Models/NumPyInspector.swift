internal import CordonCore
internal import CordonFormats

/// NumPy array files: the header against the data, and the pickle of object arrays.
enum NumPyInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let header: NumPyHeader
        do throws(NumPyFailure) {
            header = try view.withSpan { bytes throws(NumPyFailure) in try NumPyHeader(bytes) }
        } catch {
            inspection.report(Rules.numpyMalformed, at: spot.offset(0), error.reason, subject: "header")
            inspection.skipped("\(spot.prefix)NumPy header: \(error.reason)")
            return HiddenPickles.search(view, from: 0, at: spot, in: inspection)
        }
        let data = view.suffix(from: header.dataOffset)
        let place = spot.shifted(header.dataOffset)
        if header.hasObjects {
            inspection.report(Rules.numpyObjects, at: spot.offset(0), "dtype \(header.description)", subject: "objects")
            return PickleInspector.inspect(data, at: place, in: inspection)
        }
        if header.isOversized {
            inspection.report(
                Rules.numpyMalformed, at: spot.offset(0), "the shape \(header.shape) does not fit 63 bits",
                subject: "size")
        }
        guard let expected = header.byteCount else {
            if data.withSpan({ PickleSniffer.startsPickle($0, at: 0) && $0.byte(at: 0) == 0x80 }) {
                PickleInspector.inspect(data, at: place, setting: .init(allowsTrailing: true), in: inspection)
            } else {
                HiddenPickles.search(data, from: 0, at: place, in: inspection)
            }
            return
        }
        if expected != data.count {
            inspection.report(
                Rules.numpyMalformed, at: place.offset(0),
                "\(header.description) \(header.shape) needs \(expected) bytes, \(data.count) are there",
                subject: "size",
                severity: data.count > expected ? .medium : .low)
            HiddenPickles.search(data, from: min(expected, data.count), at: place, in: inspection)
        }
    }
}
