internal import CordonCore
internal import CordonFormats

/// TensorRT engines, ExecuTorch programs, CatBoost models, MXNet parameters, MessagePack, UBJSON: binary formats without objects.
enum BinaryModels {
    /// What bytes are, by their magic or first structure.
    static func format(_ bytes: RawSpan) -> FileFormat? {
        if bytes.hasBytes("ftrt") || bytes.hasBytes("ptrt") { return .tensorRT }
        if bytes.hasBytes("CBM1") { return .catBoost }
        if bytes.byte(at: 4) == 0x45, bytes.byte(at: 5) == 0x54, let a = bytes.byte(at: 6), let b = bytes.byte(at: 7),
            TextBytes.isDigit(a), TextBytes.isDigit(b)
        {
            return .executorch
        }
        if bytes.littleEndian(at: 0, as: UInt64.self) == 0x112, bytes.littleEndian(at: 8, as: UInt64.self) == 0 {
            return .mxnetParameters
        }
        if bytes.hasBytes("{L\u{0}\u{0}\u{0}\u{0}") || bytes.hasBytes("{U") || bytes.hasBytes("{i") {
            if UBJSONReader.isObject(bytes) { return .ubjson }
        }
        if XGBoostBinary.matches(bytes) || isBooster(bytes) { return .xgboost }
        if ProtobufModels.isWeights(bytes) { return .coreMLWeights }
        return nil
    }

    private static func malformed(_ what: String, _ text: String, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.exoticMalformed, at: spot.offset(0), "\(what): \(text)", subject: "\(what) structure")
    }

    // MARK: TensorRT

    static func inspectTensorRT(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        if view.count < 28 { malformed("TensorRT engine", "\(view.count) bytes", at: spot, in: inspection) }
        let stated = view.withSpan { $0.hasBytes("ptrt") ? $0.littleEndian(at: 8, as: UInt64.self) : nil }
        if let stated, stated > UInt64(view.count) {
            malformed("TensorRT engine", "\(stated) bytes are stated", at: spot, in: inspection)
        }
        let version = view.withSpan { $0.copy(at: 24, count: 4) } ?? []
        if stated == nil, view.count >= 28, version.first.map({ $0 > 40 }) ?? false {
            malformed(
                "TensorRT engine", "of version \(version.map(String.init).joined(separator: "."))", at: spot,
                in: inspection)
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 4, at: spot, in: inspection)
        let libraries = view.withSpan { bytes in
            [".so\u{0}", ".so.", ".dll\u{0}"].contains {
                bytes.firstRange(of: Array($0.utf8), from: 0, to: bytes.byteCount) != nil
            }
        }
        if libraries {
            inspection.report(
                Rules.exoticCode, at: spot.offset(0), "the engine names a library", subject: "library",
                severity: .medium)
        }
        inspection.skipped(
            "\(spot.prefix)TensorRT engine: searched for host code; the engine's own format is not published")
    }

    // MARK: ExecuTorch

    /// Backends that ExecuTorch itself has.
    private static let backends: Set<String> = [
        "XnnpackBackend", "CoreMLBackend", "VulkanBackend", "QnnBackend", "MPSBackend", "EthosUBackend",
        "NeuropilotBackend", "CadenceBackend", "OpenvinoBackend", "TensorRTBackend", "SamsungBackend", "CudaBackend",
        "MetalBackend", "VGFBackend", "AotiBackend", "NXPBackend", "NeutronBackend", "EnnBackend",
    ]

    static func inspectExecuTorch(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            var end = bytes.byteCount
            if bytes.hasBytes("eh00", at: 8), let size = bytes.littleEndian(at: 16, as: UInt64.self),
                let base = bytes.littleEndian(at: 24, as: UInt64.self)
            {
                if size > UInt64(bytes.byteCount) || base > UInt64(bytes.byteCount) {
                    malformed(
                        "ExecuTorch program", "program of \(size) bytes, segments at \(base)", at: spot, in: inspection)
                }
                end = min(end, Int(clamping: size))
                if let header = bytes.littleEndian(at: 12, as: UInt32.self), header >= 32,
                    let data = bytes.littleEndian(at: 32, as: UInt64.self),
                    !bytes.contains(offset: Int(clamping: base), count: Int(clamping: data))
                {
                    malformed("ExecuTorch program", "segments of \(data) bytes", at: spot, in: inspection)
                }
            }
            guard let root = FlatTable(bytes, pointerAt: 0),
                (bytes.littleEndian(at: 0, as: UInt32.self)).map({ Int($0) < end }) ?? false
            else { return malformed("ExecuTorch program", "the root does not fit", at: spot, in: inspection) }
            let base = Int(
                clamping: bytes.hasBytes("eh00", at: 8) ? bytes.littleEndian(at: 24, as: UInt64.self) ?? 0 : 0)
            if let field = root.field(4, bytes), let segments = FlatVector(bytes, pointerAt: field) {
                for index in 0..<segments.count {
                    guard let segment = FlatTable(bytes, pointerAt: segments.start + 4 * index) else {
                        return malformed(
                            "ExecuTorch program", "segment \(index) does not fit", at: spot, in: inspection)
                    }
                    let offset = segment.size(0, bytes), size = segment.size(1, bytes)
                    if offset > bytes.byteCount
                        || !bytes.contains(
                            offset: min(bytes.byteCount, base + min(offset, bytes.byteCount)), count: size)
                    {
                        malformed(
                            "ExecuTorch program", "segment \(index) lies outside of the file", at: spot, in: inspection)
                    }
                }
            }
            guard let field = root.field(1, bytes), let plans = FlatVector(bytes, pointerAt: field) else {
                return malformed("ExecuTorch program", "no execution plan", at: spot, in: inspection)
            }
            for index in 0..<plans.count {
                guard let plan = FlatTable(bytes, pointerAt: plans.start + 4 * index) else {
                    return malformed("ExecuTorch program", "plan \(index) does not fit", at: spot, in: inspection)
                }
                plan_(bytes, plan, at: spot, in: inspection)
            }
        }
        NativeInspector.search(view, from: 8, at: spot, in: inspection)
        HiddenPickles.search(view, from: 8, at: spot, in: inspection)
    }

    private static func plan_(_ bytes: RawSpan, _ plan: FlatTable, at spot: Spot, in inspection: Inspection) {
        func name(_ table: FlatTable, _ field: Int) -> String {
            guard let place = table.field(field, bytes), let text = FlatVector(bytes, pointerAt: place, width: 1) else {
                return ""
            }
            return bytes.text(text.start..<(text.start + text.count), limit: 200)
        }
        if let field = plan.field(6, bytes), let operators = FlatVector(bytes, pointerAt: field) {
            for index in 0..<operators.count {
                guard let entry = FlatTable(bytes, pointerAt: operators.start + 4 * index) else {
                    return malformed("ExecuTorch plan", "operator \(index) does not fit", at: spot, in: inspection)
                }
                let own = name(entry, 0)
                let space = own.split(separator: ":").first.map(String.init) ?? own
                let isKnown = [
                    "aten", "prim", "dim_order_ops", "executorch_prim", "quantized_decomposed", "quantized", "llama",
                    "et_vk", "cadence", "cortex_m", "torchao", "torchvision", "sdpa", "llava", "neutron",
                ].contains(space)
                if !isKnown {
                    inspection.report(
                        Rules.exoticCode, at: spot.element("operator \(index)"),
                        "the operator '\(PrintableText.quoting(own, limit: 80))' is of the program's own", subject: own,
                        severity: own.contains("system") || own.contains("exec") ? .high : .low)
                }
            }
        } else if plan.field(6, bytes) != nil {
            malformed("ExecuTorch plan", "operators do not fit", at: spot, in: inspection)
        }
        if let field = plan.field(7, bytes), let delegates = FlatVector(bytes, pointerAt: field) {
            for index in 0..<delegates.count {
                guard let entry = FlatTable(bytes, pointerAt: delegates.start + 4 * index) else {
                    return malformed("ExecuTorch plan", "delegate \(index) does not fit", at: spot, in: inspection)
                }
                let backend = name(entry, 0)
                if !backends.contains(backend) {
                    inspection.report(
                        Rules.exoticCode, at: spot.element("delegate \(index)"),
                        "the backend '\(PrintableText.quoting(backend, limit: 80))' is not ExecuTorch's",
                        subject: backend, severity: .medium)
                }
            }
        }
        if let field = plan.field(5, bytes), FlatVector(bytes, pointerAt: field) == nil {
            malformed("ExecuTorch plan", "chains do not fit", at: spot, in: inspection)
        }
        let operators = plan.field(6, bytes).flatMap { FlatVector(bytes, pointerAt: $0) }?.count ?? 0
        let delegates = plan.field(7, bytes).flatMap { FlatVector(bytes, pointerAt: $0) }?.count ?? 0
        if let field = plan.field(5, bytes), let chains = FlatVector(bytes, pointerAt: field) {
            for index in 0..<chains.count {
                guard let chain = FlatTable(bytes, pointerAt: chains.start + 4 * index) else {
                    return malformed("ExecuTorch plan", "chain \(index) does not fit", at: spot, in: inspection)
                }
                guard let list = chain.field(2, bytes).flatMap({ FlatVector(bytes, pointerAt: $0) }) else { continue }
                for step in 0..<list.count {
                    // An instruction is the number of its kind and a table: 1 calls an operator, 2 a delegate.
                    guard let instruction = FlatTable(bytes, pointerAt: list.start + 4 * step) else {
                        return malformed(
                            "ExecuTorch plan", "instruction \(step) does not fit", at: spot, in: inspection)
                    }
                    let kind = instruction.field(0, bytes).flatMap { bytes.byte(at: $0) } ?? 0
                    guard kind == 1 || kind == 2,
                        let call = instruction.field(1, bytes).flatMap({ FlatTable(bytes, pointerAt: $0) })
                    else { continue }
                    let target = call.field(0, bytes).flatMap { bytes.littleEndian(at: $0, as: Int32.self) } ?? 0
                    let count = kind == 1 ? operators : delegates
                    if target < 0 || Int(target) >= count {
                        return malformed(
                            "ExecuTorch plan", "a call of \(kind == 1 ? "operator" : "delegate") \(target) of \(count)",
                            at: spot,
                            in: inspection)
                    }
                }
            }
        }
        let values = plan.field(2, bytes).flatMap { FlatVector(bytes, pointerAt: $0) }?.count ?? 0
        for slot in [3, 4] {
            guard let field = plan.field(slot, bytes), let list = FlatVector(bytes, pointerAt: field) else { continue }
            for index in 0..<list.count {
                let value = bytes.littleEndian(at: list.start + 4 * index, as: Int32.self) ?? -1
                if value < 0 || Int(value) >= values {
                    return malformed("ExecuTorch plan", "value \(value) of \(values)", at: spot, in: inspection)
                }
            }
        }
        if let field = plan.field(8, bytes), let sizes = FlatVector(bytes, pointerAt: field, width: 8) {
            for index in 0..<sizes.count {
                let size = bytes.littleEndian(at: sizes.start + 8 * index, as: Int64.self) ?? -1
                if size < 0 || size > 1 << 40 {
                    return malformed("ExecuTorch plan", "a buffer of \(size) bytes", at: spot, in: inspection)
                }
            }
        }
    }

    // MARK: CatBoost

    static func inspectCatBoost(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (failure, end, parts) = view.withSpan { bytes -> (String?, Int, Bool) in
            guard let short = bytes.littleEndian(at: 4, as: UInt32.self) else {
                return ("no size", bytes.byteCount, false)
            }
            let isLong = short == .max
            let size = isLong ? Int(clamping: bytes.littleEndian(at: 8, as: UInt64.self) ?? .max) : Int(short)
            let start = isLong ? 16 : 8
            guard bytes.contains(offset: start, count: size) else {
                return ("a core of \(size) bytes", bytes.byteCount, false)
            }
            guard let offset = bytes.littleEndian(at: start, as: UInt32.self), Int(offset) + 4 <= size,
                let root = FlatTable(bytes, pointerAt: start)
            else { return ("the root does not fit", start + size, false) }
            var hasParts = false
            for slot in 0..<8 {
                guard let field = root.field(slot, bytes) else { continue }
                guard field < start + size else {
                    return ("field \(slot) lies outside of the core", start + size, false)
                }
                if slot == 3 || slot == 4, let list = FlatVector(bytes, pointerAt: field), list.count > 0,
                    list.count < 16
                {
                    hasParts = true
                }
                if slot == 0 {
                    guard let text = FlatVector(bytes, pointerAt: field, width: 1),
                        bytes.text(text.start..<(text.start + min(64, text.count)), limit: 64).hasPrefix("Flab")
                    else { return ("the version does not fit", start + size, false) }
                }
                if slot == 1, FlatTable(bytes, pointerAt: field) == nil {
                    return ("the trees do not fit", start + size, false)
                }
            }
            return (nil, start + size, hasParts)
        }
        if let failure { malformed("CatBoost model", failure, at: spot, in: inspection) }
        let rest = view.suffix(from: end)
        if failure == nil, rest.count > 0, !rest.isPadding {
            if !parts {
                inspection.report(
                    Rules.exoticMalformed, at: spot.offset(end), "\(rest.count) bytes after the CatBoost model",
                    subject: "trailing")
            }
            inspection.inspectLeftover(rest, offset: end, at: spot)
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 8, at: spot, in: inspection)
    }

    // MARK: MXNet

    static func inspectMXNet(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (failure, end) = view.withSpan { bytes -> (String?, Int) in
            var position = 24
            guard let count = bytes.littleEndian(at: 16, as: UInt64.self), count <= UInt64(bytes.byteCount) / 16 else {
                return ("a count of arrays that does not fit", 24)
            }
            for index in 0..<Int(count) {
                guard let next = mxnetArray(bytes, position) else {
                    return ("array \(index) of \(count) does not fit", position)
                }
                position = next
            }
            guard let names = bytes.littleEndian(at: position, as: UInt64.self) else { return ("no names", position) }
            position += 8
            guard names == count || names == 0 else { return ("\(names) names for \(count) arrays", position) }
            for index in 0..<Int(names) {
                guard let length = bytes.littleEndian(at: position, as: UInt64.self),
                    bytes.contains(offset: position + 8, count: Int(clamping: length))
                else { return ("name \(index) does not fit", position) }
                position += 8 + Int(length)
            }
            return (nil, position)
        }
        if let failure { malformed("MXNet parameters", failure, at: spot, in: inspection) }
        let rest = view.suffix(from: end)
        if failure == nil, rest.count > 0 {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(end), "\(rest.count) bytes after the parameters",
                subject: "trailing")
            inspection.inspectLeftover(rest, offset: end, at: spot)
        }
        NativeInspector.search(view, from: 24, at: spot, in: inspection)
        HiddenPickles.search(view, from: 24, at: spot, in: inspection)
    }

    private static func mxnetArray(_ bytes: RawSpan, _ start: Int) -> Int? {
        var position = start
        guard let magic = bytes.littleEndian(at: position, as: UInt32.self) else { return nil }
        position += 4
        var dimensions: [Int] = []
        func shape(_ count: Int, wide: Bool) -> [Int]? {
            var result: [Int] = []
            for _ in 0..<count {
                let value =
                    wide
                    ? bytes.littleEndian(at: position, as: Int64.self).map { Int($0) }
                    : bytes.littleEndian(at: position, as: UInt32.self).map { Int($0) }
                guard let value, value >= 0 else { return nil }
                result.append(value)
                position += wide ? 8 : 4
            }
            return result
        }
        func rank() -> Int? {
            guard let count = bytes.littleEndian(at: position, as: UInt32.self), count <= 32 else { return nil }
            position += 4
            return Int(count)
        }
        switch magic {
        case 0xF993_FAC9, 0xF993_FACA:
            guard let storage = bytes.littleEndian(at: position, as: Int32.self) else { return nil }
            position += 4
            guard storage <= 0 else { return nil }
            guard let count = rank(), let found = shape(count, wide: true) else { return nil }
            dimensions = found
        case 0xF993_FAC8:
            guard let count = rank(), let found = shape(count, wide: true) else { return nil }
            dimensions = found
        default:
            guard magic <= 32, let found = shape(Int(magic), wide: false) else { return nil }
            dimensions = found
        }
        if dimensions.isEmpty { return position }
        position += 8
        guard let type = bytes.littleEndian(at: position, as: Int32.self),
            let width = [0: 4, 1: 8, 2: 2, 3: 1, 4: 4, 5: 1, 6: 8, 7: 1, 12: 2][Int(type)]
        else { return nil }
        position += 4
        var size = width
        for dimension in dimensions {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else { return nil }
            size = product
        }
        return bytes.contains(offset: position, count: size) ? position + size : nil
    }

    // MARK: UBJSON

    static func inspectUBJSON(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let document = view.withSpan { UBJSONReader.read($0) }
        if let failure = document.failure { malformed("UBJSON", failure, at: spot, in: inspection) }
        for (index, tree) in document.trees.enumerated() {
            let stated = tree["num_nodes"]?.first ?? tree["left_children"]?.count ?? 0
            if let problem = XGBoostTree.problem(
                left: tree["left_children"] ?? [], right: tree["right_children"] ?? [],
                splits: tree["split_indices"] ?? [], stated: stated, features: document.features)
            {
                malformed("XGBoost model", "tree \(index): \(problem)", at: spot, in: inspection)
            }
        }
        if let stated = document.statedTrees, stated != document.trees.count {
            malformed(
                "XGBoost model", "\(document.trees.count) trees where \(stated) are stated", at: spot, in: inspection)
        }
        if document.failure == nil, document.end < view.count {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(document.end),
                "\(view.count - document.end) bytes after the model", subject: "trailing")
            inspection.inspectLeftover(view.suffix(from: document.end), offset: document.end, at: spot)
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 1, at: spot, in: inspection)
    }

    // MARK: XGBoost's own form

    /// What a whole booster with its settings begins with: then the size of the model, the model, and settings in JSON.
    private static let booster: StaticString = "CONFIG-offset:"

    private static func isBooster(_ bytes: RawSpan) -> Bool {
        guard bytes.hasBytes(booster),
            let size = bytes.littleEndian(at: booster.utf8CodeUnitCount, as: Int64.self)
        else { return false }
        return size > 0 && size < 1 << 48
    }

    static func inspectXGBoost(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let start = booster.utf8CodeUnitCount
        guard view.withSpan({ $0.hasBytes(booster) }) else {
            return inspectXGBoostModel(view, at: spot, in: inspection)
        }
        guard let size = view.withSpan({ $0.littleEndian(at: start, as: Int64.self) }), size > 0,
            let model = view.part(offset: start + 8, count: Int(clamping: size))
        else {
            malformed("XGBoost booster", "its model does not fit", at: spot, in: inspection)
            return inspection.inspectLeftover(view.suffix(from: start), offset: start, at: spot)
        }
        inspection.inspectPart(model, at: spot.inside("model"))
        inspection.inspectPart(view.suffix(from: start + 8 + model.count), at: spot.inside("settings"))
    }

    private static func inspectXGBoostModel(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let model = view.withSpan { XGBoostBinary.read($0) }
        if let failure = model.failure {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(failure.offset), "XGBoost model: \(failure.reason)",
                subject: "XGBoost model structure")
            inspection.skipped("\(spot.prefix)XGBoost model behind byte \(failure.offset): \(failure.reason)")
        } else if model.end < view.count {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(model.end),
                "\(view.count - model.end) bytes after the model", subject: "trailing")
            inspection.inspectLeftover(view.suffix(from: model.end), offset: model.end, at: spot)
        }
        for (name, value) in model.attributes {
            inspection.inspectPart(
                ByteView(copying: Array(value.utf8)),
                at: spot.inside("attribute \(PrintableText.quoting(name, limit: 60))"))
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 1, at: spot, in: inspection)
    }

    // MARK: MessagePack

    static func inspectMessagePack(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let document = view.withSpan { MessagePackReader.read($0) }
        if let failure = document.failure { malformed("MessagePack", failure, at: spot, in: inspection) }
        if document.hasPickledArrays {
            inspection.report(
                Rules.exoticCode, at: spot.offset(0), "an array of objects, which msgpack-numpy unpickles",
                subject: "object array", severity: .critical)
        }
        for range in document.pickles {
            guard let part = view.part(offset: range.lowerBound, count: range.count) else { continue }
            inspection.report(
                Rules.pickleHidden, at: spot.offset(range.lowerBound), "a value that is a pickle",
                subject: "msgpack pickle")
            PickleInspector.inspect(
                part, at: spot.inside("value@\(range.lowerBound)"), setting: .init(allowsTrailing: true), in: inspection
            )
        }
        for text in document.strangeTypes {
            inspection.report(
                Rules.exoticMalformed, at: spot.element(text),
                "an array of the type '\(PrintableText.quoting(text, limit: 40))'", subject: text)
        }
        if document.failure == nil, document.end < view.count {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(document.end),
                "\(view.count - document.end) bytes after the value", subject: "trailing")
            inspection.inspectLeftover(view.suffix(from: document.end), offset: document.end, at: spot)
        }
        NativeInspector.search(view, at: spot, in: inspection)
    }
}
