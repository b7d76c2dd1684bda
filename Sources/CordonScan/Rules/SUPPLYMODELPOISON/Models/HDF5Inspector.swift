internal import CordonCore
internal import CordonFormats

/// HDF5: what reaches outside the file, and the Keras configuration in its attributes.
enum HDF5Inspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let file = view.withSpan { HDF5File.read($0) }
        for (object, target) in file.external {
            inspection.report(
                Rules.hdf5External, at: spot.element(object), "\(PrintableText.quoting(target, limit: 160))",
                subject: target)
        }
        if let failure = file.failure {
            inspection.report(Rules.hdf5Malformed, at: spot.offset(0), failure, subject: "structure")
            inspection.skipped("\(spot.prefix)HDF5: \(failure)")
        }
        for reason in file.notFollowed { inspection.skipped("\(spot.prefix)HDF5: \(reason)") }
        for attribute in file.attributes where ["model_config", "training_config"].contains(attribute.name) {
            let place = Spot(
                member: (spot.member.map { $0 + "!/" } ?? "") + "attribute \(attribute.name)", depth: spot.depth)
            do throws(JSONFailure) {
                let document = try JSONDocument.parse(ByteView(copying: Array(attribute.value.utf8)))
                KerasInspector.inspect(document.root, isLegacy: true, at: place, in: inspection)
            } catch {
                inspection.skipped("\(place.prefix)not JSON: \(error.reason)")
            }
        }
    }
}
