internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Opens one file, inspects it, and says what came of it.
enum FileScan {
    static func run(
        _ file: FoundFile, root: ScanRoot, options: ScanOptions
    ) -> (ScanReport.Entry, [Finding]) {
        var asset = Asset(path: file.path)
        switch file.kind {
        case .special(let reason): return (notEvaluated(asset, reason), [])
        case .linkOutside(let target):
            let inspection = Inspection(path: file.path, byteCount: 0, limits: options.limits)
            inspection.report(
                Rules.fileLinkOutside, at: Place(), "a link to '\(PrintableText.quoting(target, limit: 200))'",
                subject: "link")
            inspection.skipped("link out of the folder: not followed")
            return (entry(asset, inspection), inspection.findings)
        case .regular: break
        }
        do throws(FileFailure) {
            let storage = try open(file, root)
            asset.byteCount = storage.count
            let inspection = Inspection(
                path: file.path, byteCount: storage.count, limits: options.limits, isIllustration: file.isIllustration)
            let view = ByteView(storage)
            let changed = storage.guarded {
                inspection.inspectFile(view)
                if options.digests { asset.digest = view.withSpan { Digest.sha256(of: $0) } }
            }
            if changed {
                inspection.report(Rules.fileChanged, at: Place(), "it became shorter", subject: "changed")
                inspection.skipped("the file changed while it was read")
            }
            inspection.finish()
            asset.format = inspection.format?.rawValue
            return (entry(asset, inspection), inspection.findings)
        } catch {
            switch error {
            case .cannotRead(let reason): return (notEvaluated(asset, "cannot be read: \(reason)"), [])
            case .notRegular(let reason): return (notEvaluated(asset, reason), [])
            }
        }
    }

    /// Inspects bytes in memory.
    static func run(
        bytes view: ByteView, path: AssetPath, options: ScanOptions
    ) -> (ScanReport.Entry, [Finding]) {
        var asset = Asset(path: path, byteCount: view.count)
        let inspection = Inspection(path: path, byteCount: view.count, limits: options.limits)
        inspection.inspectFile(view)
        inspection.finish()
        asset.format = inspection.format?.rawValue
        if options.digests { asset.digest = view.withSpan { Digest.sha256(of: $0) } }
        return (entry(asset, inspection), inspection.findings)
    }

    private static func open(_ file: FoundFile, _ root: ScanRoot) throws(FileFailure) -> ByteStorage {
        let follow = file.mayFollow ? 0 : O_NOFOLLOW
        let descriptor = root.open(file.relative, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | follow)
        guard descriptor >= 0 else { throw .cannotRead(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw .cannotRead(String(cString: strerror(errno))) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw .notRegular("not a regular file: not read") }
        return try ByteStorage.file(descriptor: descriptor, byteCount: Int(info.st_size))
    }

    private static func entry(_ asset: Asset, _ inspection: Inspection) -> ScanReport.Entry {
        ScanReport.Entry(asset: asset, outcome: inspection.outcome, notEvaluated: inspection.skips)
    }

    private static func notEvaluated(_ asset: Asset, _ reason: String) -> ScanReport.Entry {
        ScanReport.Entry(asset: asset, outcome: .notEvaluated(reason: reason), notEvaluated: [reason])
    }
}
