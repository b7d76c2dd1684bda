internal import CordonFormats
internal import Glibc

/// Reads constants' data from files beside a model.
///
/// Source: onnx/onnx `docs/ExternalData.md`. A location is a relative path; whatever leads out of the model's folder —
/// `..`, absolute paths, links — is refused by the kernel's own path resolution.
final class ExternalData {
    private let folder: Int32?
    /// What was read, by place: constants may share their data.
    private var known: [String: File] = [:]

    private struct File {
        var parts: [Range<Int>: ByteView] = [:]
        var byteCount = 0
        var end = 0
    }

    init(folder path: String?) {
        folder = path.flatMap { path in
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            return descriptor >= 0 ? descriptor : nil
        }
    }

    deinit {
        if let folder { close(folder) }
    }

    /// The data of a constant, read where it lies elsewhere.
    ///
    /// - Parameter isRead: `false` only looks whether the data is there.
    func load(_ constant: ONNXConstant, isRead: Bool) throws(TensorFailure) -> ONNXConstant.Data {
        guard case .external(let location, let offset, let length) = constant.data else { return constant.data }
        func failure(_ reason: String) -> TensorFailure {
            TensorFailure(.model, "constant '\(constant.name)' has its data in '\(location)': \(reason)")
        }
        guard let bits = ONNXConstant.bits(constant.type), let count = constant.count else {
            throw failure("elements of \(ONNXConstant.typeName(constant.type)) cannot lie outside")
        }
        let needed = (count * bits + 7) / 8
        guard length == nil || length == needed else {
            throw failure("\(length ?? 0) bytes where \(needed) are needed")
        }
        guard let folder else { throw failure("there is no folder to read it from") }
        let (end, overflow) = offset.addingReportingOverflow(needed)
        guard offset >= 0, !overflow else { throw failure("an offset of \(offset)") }
        var file = known[location] ?? File()
        if let view = file.parts[offset..<end] { return .bytes(view) }
        file.byteCount += needed
        file.end = max(file.end, end)
        // Parts that lie over each other could make a small file any amount of memory.
        guard file.byteCount <= file.end else { throw failure("it shares bytes with other constants") }
        do {
            guard isRead else {
                _ = try ByteStorage.whole(location, beneath: folder, range: (end, 0))
                known[location] = file
                return constant.data
            }
            let view = ByteView(try ByteStorage.whole(location, beneath: folder, range: (offset, needed)))
            file.parts[offset..<end] = view
            known[location] = file
            return .bytes(view)
        } catch { throw failure("\(error.words); it must be a file in the folder of the model") }
    }
}
