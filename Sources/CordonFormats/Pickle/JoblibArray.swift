/// The shape and element type of an array that joblib wrote into a pickle stream.
///
/// Source: joblib 1.5 `numpy_pickle.py`, `NumpyArrayWrapper.write_array` and `read_array`.
struct JoblibArray {
    let byteCount: Int
    let isObject: Bool
    /// Since joblib 1.1 a length byte and padding precede the data.
    let isAligned: Bool

    /// Reads the wrapper's state dictionary; `nil` when the size of the data cannot be known.
    init?(state: PickleValue, machine: PickleMachine, bytes: RawSpan) {
        let pairs = machine.keptItems(of: state)
        // A dictionary that was not kept whole, or names a key twice, may say something else in the end.
        guard pairs.count < Int(PickleMachine.keptItems) else { return nil }
        let keys = stride(from: 0, to: pairs.count - 1, by: 2).map { machine.text(of: pairs[$0], in: bytes) }
        guard Set(keys).count == keys.count else { return nil }
        var shape: [Int]?
        var element: (size: Int, isObject: Bool)?
        var aligned = false
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            let value = pairs[index + 1]
            switch machine.text(of: pairs[index], in: bytes) {
            case "shape": shape = Self.shape(value, machine)
            case "dtype": element = Self.element(value, machine, bytes)
            case "numpy_array_alignment_bytes": aligned = (value.integerValue ?? 0) > 0
            default: break
            }
        }
        guard let shape, let element else { return nil }
        var total = element.size
        for extent in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            guard !overflow, extent >= 0 else { return nil }
            total = product
        }
        byteCount = element.isObject ? 0 : total
        isObject = element.isObject
        isAligned = aligned
    }

    private static func shape(_ value: PickleValue, _ machine: PickleMachine) -> [Int]? {
        guard value.kind == .node else { return nil }
        let extents = machine.keptItems(of: value).map(\.integerValue)
        return extents.contains(nil) ? nil : extents.compactMap { $0 }
    }

    /// `numpy.dtype('<f8', False, True)` with its state `(3, '<', None, None, None, -1, -1, 0)`.
    private static func element(
        _ value: PickleValue, _ machine: PickleMachine, _ bytes: RawSpan
    ) -> (size: Int, isObject: Bool)? {
        let parts = machine.keptItems(of: value)
        guard let arguments = parts.first, let code = machine.keptItems(of: arguments).first,
            let text = machine.text(of: code, in: bytes)
        else { return nil }
        let state = parts.count > 1 ? machine.keptItems(of: parts[1]) : []
        let flags = state.count > 7 ? state[7].integerValue ?? 0 : 0
        let description = text.drop { "<>|=".contains($0) }
        guard let kind = description.first else { return nil }
        if kind == "O" || flags & 1 != 0 { return (0, true) }
        let number = Int(description.dropFirst().prefix { $0.isNumber })
        switch kind {
        case "?": return (1, false)
        case "U": return number.flatMap { $0 < 1 << 28 ? ($0 * 4, false) : nil }
        case "b", "i", "u", "f", "c", "S", "V", "M", "m", "a": return number.map { ($0, false) }
        default: return nil
        }
    }
}
