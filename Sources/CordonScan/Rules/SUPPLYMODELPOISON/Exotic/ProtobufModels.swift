internal import CordonCore
internal import CordonFormats

/// Core ML, Paddle and CNTK: models in protocol buffers. Told apart by the fields that each of them has to have.
enum ProtobufModels {
    /// What a message is.
    static func format(_ bytes: RawSpan) -> FileFormat? {
        if isCoreML(bytes) { return .coreML }
        if isPaddle(bytes) { return .paddle }
        if isCNTK(bytes) { return .cntk }
        if isCaffe(bytes) { return .caffe }
        return nil
    }

    /// The first fields of a message, at most `most`; `nil` where it breaks off in them.
    private static func fields(_ bytes: RawSpan, _ range: Range<Int>, most: Int = 100_000) -> (
        fields: [ProtobufField], isBroken: Bool
    ) {
        var reader = ProtobufReader(range)
        var result: [ProtobufField] = []
        while result.count < most, let field = reader.next(bytes) { result.append(field) }
        return (result, reader.isMalformed)
    }

    private static func text(_ bytes: RawSpan, _ range: Range<Int>?) -> String {
        range.map { bytes.text($0, limit: 512) } ?? ""
    }

    // MARK: Core ML

    private static let coreMLTypes: Set<Int> = [
        200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402, 403, 404, 500, 501, 502, 555, 556, 560, 600, 601, 602,
        603, 604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000, 555,
    ]

    /// Core ML's `Model` (coremltools, `Model.proto`): a version, a description, a type.
    private static func isCoreML(_ bytes: RawSpan) -> Bool {
        var reader = ProtobufReader(0..<bytes.byteCount)
        guard let version = reader.next(bytes), version.number == 1, let number = version.varint,
            (1...20).contains(number)
        else { return false }
        var hasDescription = false
        for _ in 0..<6 {
            guard let field = reader.next(bytes) else { break }
            if field.number == 2, field.range != nil { hasDescription = true }
            if coreMLTypes.contains(field.number), field.range != nil { return true }
            if ![2, 10, 1].contains(field.number) { return false }
        }
        return hasDescription && reader.isMalformed
    }

    static func inspectCoreML(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            coreMLModel(bytes, 0..<bytes.byteCount, depth: 0, at: spot, in: inspection)
        }
    }

    private static func coreMLModel(
        _ bytes: RawSpan, _ range: Range<Int>, depth: Int, at spot: Spot, in inspection: Inspection
    ) {
        guard depth < 16 else { return }
        let (parts, isBroken) = fields(bytes, range)
        if isBroken { malformed("Core ML model", range.lowerBound, at: spot, in: inspection) }
        for part in parts {
            guard let content = part.range else { continue }
            switch part.number {
            case 200, 201:
                for inner in fields(bytes, content).fields where inner.number == 1 {
                    inner.range.map { pipeline(bytes, $0, depth, at: spot, in: inspection) }
                }
            case 202: pipeline(bytes, content, depth, at: spot, in: inspection)
            case 303, 403, 500: network(bytes, content, at: spot, in: inspection)
            case 555:
                let name = text(bytes, fields(bytes, content).fields.first { $0.number == 10 }?.range)
                className(name, "custom model", content.lowerBound, at: spot, in: inspection)
            case 556: linked(bytes, content, at: spot, in: inspection)
            case 502:
                strings(bytes, content, at: spot, in: inspection)
                for file in weightFiles(bytes, content) where !file.name.hasPrefix("@model_path/") {
                    inspection.report(
                        Rules.exoticOutside, at: spot.offset(content.lowerBound),
                        "weights are read from '\(PrintableText.quoting(file.name, limit: 100))'", subject: file.name)
                }
            default: break
            }
        }
    }

    private static func pipeline(
        _ bytes: RawSpan, _ range: Range<Int>, _ depth: Int, at spot: Spot, in inspection: Inspection
    ) {
        for part in fields(bytes, range).fields where part.number == 1 {
            part.range.map { coreMLModel(bytes, $0, depth: depth + 1, at: spot, in: inspection) }
        }
    }

    private static func network(_ bytes: RawSpan, _ range: Range<Int>, at spot: Spot, in inspection: Inspection) {
        let (parts, isBroken) = fields(bytes, range)
        if isBroken { malformed("Core ML network", range.lowerBound, at: spot, in: inspection) }
        for layer in parts where layer.number == 1 {
            guard let content = layer.range else { continue }
            for part in fields(bytes, content).fields where part.number == 500 {
                guard let custom = part.range else { continue }
                className(
                    text(bytes, fields(bytes, custom).fields.first { $0.number == 10 }?.range), "custom layer",
                    custom.lowerBound, at: spot, in: inspection)
                let names = [".dylib", ".framework", "://", ".so\u{0}"]
                if names.contains(where: {
                    bytes.firstRange(of: Array($0.utf8), from: custom.lowerBound, to: custom.upperBound) != nil
                }) {
                    inspection.report(
                        Rules.exoticCode, at: spot.offset(custom.lowerBound),
                        "a parameter of a custom layer names a library or an address", subject: "custom library")
                }
            }
        }
    }

    /// The program that loads the model looks the class up by name.
    private static func className(
        _ name: String, _ what: String, _ offset: Int, at spot: Spot, in inspection: Inspection
    ) {
        let isSystem = [
            "NSTask", "NSBundle", "NSAppleScript", "NSURLSession", "NSFileManager", "NSUserUnixTask", "NSWorkspace",
            "JSContext", "WKWebView", "NSXPC", "OSAScript",
        ].contains { name.hasPrefix($0) }
        let isPath = name.contains("/") || name.contains(".dylib") || name.contains(".framework")
        inspection.report(
            Rules.exoticCode, at: spot.offset(offset),
            "a \(what) of the class '\(PrintableText.quoting(name, limit: 80))'", subject: "\(what) \(name)",
            severity: isSystem || isPath ? .high : .low)
    }

    private static func linked(_ bytes: RawSpan, _ range: Range<Int>, at spot: Spot, in inspection: Inspection) {
        var texts: [String] = []
        func collect(_ range: Range<Int>, _ depth: Int) {
            let (parts, isBroken) = fields(bytes, range, most: 100)
            let whole = bytes.text(range, limit: 1024)
            if isBroken || parts.isEmpty || depth > 3 { texts.append(whole) }
            for part in parts { if let inner = part.range, depth <= 3 { collect(inner, depth + 1) } }
        }
        collect(range, 0)
        let outside = texts.first { $0.contains("..") || $0.hasPrefix("/") || $0.contains("://") || $0.hasPrefix("~") }
        inspection.report(
            Rules.exoticOutside, at: spot.offset(range.lowerBound),
            outside.map { "another model is loaded from '\(PrintableText.quoting($0, limit: 100))'" }
                ?? "another model is loaded from beside it", subject: "linked",
            severity: outside == nil ? .low : .high)
    }

    /// Files of weights and offsets in them that an ML program names (coremltools, `MIL.proto`: `Value.BlobFileValue`).
    static func weightFiles(_ bytes: RawSpan, _ program: Range<Int>) -> [(name: String, offset: UInt64)] {
        var found: [(name: String, offset: UInt64)] = []
        var budget = 500_000
        func each(_ range: Range<Int>, _ number: Int, _ body: (Range<Int>) -> Void) {
            budget -= 1
            guard budget > 0 else { return }
            for field in fields(bytes, range).fields where field.number == number { field.range.map(body) }
        }
        func value(_ range: Range<Int>) {
            each(range, 5) { file in
                let parts = fields(bytes, file, most: 4).fields
                let name = parts.first { $0.number == 1 }?.range
                found.append((text(bytes, name), parts.first { $0.number == 2 }?.varint ?? 0))
            }
        }
        func block(_ range: Range<Int>, _ depth: Int) {
            guard depth < 16 else { return }
            each(range, 3) { operation in
                each(operation, 4) { block($0, depth + 1) }
                each(operation, 5) { each($0, 2, value) }
                each(operation, 2) { each($0, 2) { each($0, 1) { each($0, 2, value) } } }
            }
        }
        each(program, 2) { each($0, 2) { each($0, 3) { each($0, 2) { block($0, 0) } } } }
        return found
    }

    /// The same for a whole Core ML model.
    static func weightFiles(_ view: ByteView) -> [(name: String, offset: UInt64)] {
        view.withSpan { bytes in
            guard isCoreML(bytes) else { return [] }
            return fields(bytes, 0..<bytes.byteCount).fields.filter { $0.number == 502 }.compactMap(\.range).flatMap {
                weightFiles(bytes, $0)
            }
        }
    }

    // MARK: Caffe

    /// Caffe's `NetParameter` (`caffe.proto`): a name, then layers with a name and a type.
    private static func isCaffe(_ bytes: RawSpan) -> Bool {
        var reader = ProtobufReader(0..<bytes.byteCount)
        guard let name = reader.next(bytes), name.number == 1, let text = name.range, text.count < 200,
            let layer = reader.next(bytes),
            layer.number == 100 || layer.number == 2, let range = layer.range
        else { return false }
        let parts = fields(bytes, range, most: 3).fields
        return parts.count >= 2 && parts[0].number == 1 && parts[0].range != nil
            && (parts[1].number == 2 || parts[1].number == 5)
    }

    static func inspectCaffe(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            let (layers, isBroken) = fields(bytes, 0..<bytes.byteCount)
            if isBroken { malformed("Caffe model", 0, at: spot, in: inspection) }
            for layer in layers where layer.number == 100 || layer.number == 2 {
                guard let content = layer.range else { continue }
                let (parts, isBroken) = fields(bytes, content)
                if isBroken { malformed("Caffe layer", content.lowerBound, at: spot, in: inspection) }
                guard let python = parts.first(where: { $0.number == 130 })?.range else { continue }
                let own = fields(bytes, python, most: 8).fields
                let module = text(bytes, own.first { $0.number == 1 }?.range)
                let parameters = text(bytes, own.first { $0.number == 3 }?.range)
                let isCode = parameters.contains("__import__") || parameters.contains("!!python/")
                inspection.report(
                    Rules.exoticCode, at: spot.offset(content.lowerBound),
                    "a Python layer: the module '\(PrintableText.quoting(module, limit: 80))' is imported\(isCode ? ", with code in its parameters" : "")",
                    subject: "module \(module)",
                    severity: isCode || PickleDangers.reason(module: module, name: "system") != nil
                        ? .critical : .medium)
            }
        }
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 1, at: spot, in: inspection)
    }

    // MARK: Paddle's parameters

    /// Tensors one after the other: a version, levels of detail, a version, a description, values (`SerializeToStream`).
    static func isPaddleParameters(_ bytes: RawSpan) -> Bool {
        guard bytes.littleEndian(at: 0, as: UInt32.self) == 0, bytes.littleEndian(at: 4, as: UInt64.self) == 0,
            bytes.littleEndian(at: 12, as: UInt32.self) == 0, let size = bytes.littleEndian(at: 16, as: Int32.self),
            size > 0,
            size < 256, bytes.byte(at: 20) == 0x08
        else { return false }
        return fields(bytes, 20..<min(bytes.byteCount, 20 + Int(size)), most: 16).fields.contains { $0.number == 2 }
            || bytes.byteCount < 20 + Int(size)
    }

    static func inspectPaddleParameters(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let failure = view.withSpan { bytes -> String? in
            var position = 0, index = 0
            while position < bytes.byteCount {
                guard let levels = bytes.littleEndian(at: position + 4, as: UInt64.self), levels <= 16 else {
                    return "tensor \(index) does not fit"
                }
                position += 12
                for _ in 0..<levels {
                    guard let size = bytes.littleEndian(at: position, as: UInt64.self), size <= UInt64(bytes.byteCount)
                    else {
                        return "levels of tensor \(index) do not fit"
                    }
                    position += 8 + Int(size)
                }
                guard let size = bytes.littleEndian(at: position + 4, as: Int32.self), size > 0,
                    bytes.contains(offset: position + 8, count: Int(size))
                else { return "the description of tensor \(index) does not fit" }
                let description = position + 8..<position + 8 + Int(size)
                guard let count = paddleBytes(bytes, description) else {
                    return "the description of tensor \(index) is none"
                }
                guard count <= Double(bytes.byteCount - description.upperBound) else {
                    return "tensor \(index) has \(Int(min(count, 1e18))) bytes, more than are left"
                }
                position = description.upperBound + Int(count)
                index += 1
            }
            return nil
        }
        if let failure {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(0), "Paddle parameters: \(failure)", subject: "parameters")
        }
        NativeInspector.search(view, from: 20, at: spot, in: inspection)
        HiddenPickles.search(view, from: 20, at: spot, in: inspection)
    }

    /// Bytes of a tensor's values by its `TensorDesc`: a type and dimensions, packed or not.
    private static func paddleBytes(_ bytes: RawSpan, _ range: Range<Int>) -> Double? {
        let (parts, isBroken) = fields(bytes, range, most: 64)
        guard !isBroken, let type = parts.first(where: { $0.number == 1 })?.varint else { return nil }
        let widths: [UInt64: Double] = [0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 5: 4, 6: 8, 20: 1, 21: 1, 22: 2, 23: 8, 24: 16]
        guard let width = widths[type] else { return nil }
        var size = width
        for part in parts where part.number == 2 {
            if let value = part.varint {
                size *= Double(Int64(bitPattern: value))
            } else if let packed = part.range {
                var position = packed.lowerBound
                while position < packed.upperBound,
                    let value = ProtobufReader.varint(bytes, &position, packed.upperBound)
                {
                    size *= Double(Int64(bitPattern: value))
                }
            }
        }
        return size >= 0 ? size : nil
    }

    /// Files of weights that an ML program names.
    private static func strings(_ bytes: RawSpan, _ range: Range<Int>, at spot: Spot, in inspection: Inspection) {
        if fields(bytes, range).isBroken { malformed("ML program", range.lowerBound, at: spot, in: inspection) }
        var position = range.lowerBound
        for needle in ["/weights/", ".bin", "@model_path"].map({ Array($0.utf8) }) {
            position = range.lowerBound
            var count = 0
            while count < 200, let hit = bytes.firstRange(of: needle, from: position, to: range.upperBound) {
                position = hit + needle.count
                count += 1
                var (start, end) = (hit, hit)
                while start > range.lowerBound, hit - start < 300, let byte = bytes.byte(at: start - 1), byte >= 0x20,
                    byte < 0x7F
                { start -= 1 }
                while end < range.upperBound, end - hit < 300, let byte = bytes.byte(at: end), byte >= 0x20, byte < 0x7F
                { end += 1 }
                var name = bytes.text(start..<end, limit: 600)
                // The length in front may be a printable character.
                if let mark = name.range(of: "@model_path") { name = String(name[mark.lowerBound...]) }
                let rest = name.hasPrefix("@model_path/") ? String(name.dropFirst(12)) : name
                guard
                    name.hasPrefix("@model_path/")
                        ? MemberPath.escape(Array(rest.utf8)) != nil
                        : rest.contains("../") || rest.contains("://") || rest.contains("/etc/")
                            || rest.contains("/Users/") || rest.contains("/private/") || rest.contains("/tmp/")
                            || rest.contains("/var/")
                else { continue }
                inspection.report(
                    Rules.exoticOutside, at: spot.offset(start),
                    "weights are read from '\(PrintableText.quoting(name, limit: 100))'", subject: rest)
            }
        }
    }

    /// Weights of an ML program: version 2 of the MIL blob storage (coremltools, `MILBlob`).
    static func isWeights(_ bytes: RawSpan) -> Bool {
        bytes.byteCount >= 64 && bytes.littleEndian(at: 4, as: UInt32.self) == 2
            && bytes.littleEndian(at: 8, as: UInt64.self) == 0
            && (bytes.littleEndian(at: 0, as: UInt32.self) ?? 0) < 1_000_000
            && bytes.littleEndian(at: 16, as: UInt64.self) == 0 && bytes.littleEndian(at: 56, as: UInt64.self) == 0
    }

    static func inspectWeights(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (failure, end) = view.withSpan { bytes -> (String?, Int) in
            let count = Int(bytes.littleEndian(at: 0, as: UInt32.self) ?? 0)
            var (position, end) = (64, 64)
            for index in 0..<count {
                guard let mark = bytes.littleEndian(at: position, as: UInt32.self),
                    let size = bytes.littleEndian(at: position + 8, as: UInt64.self),
                    let offset = bytes.littleEndian(at: position + 16, as: UInt64.self)
                else { return ("record \(index) of \(count) lies outside of the file", end) }
                guard mark == 0xDEAD_BEEF else { return ("record \(index) has no mark", end) }
                guard bytes.contains(offset: Int(clamping: offset), count: Int(clamping: size)) else {
                    return ("the data of record \(index) lies outside of the file", end)
                }
                end = max(end, Int(offset) + Int(size))
                position = (Int(offset) + Int(size) + 63) / 64 * 64
            }
            return (nil, end)
        }
        if let failure {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(0), "Core ML weights: \(failure)", subject: "weights")
        }
        NativeInspector.search(view, from: 64, at: spot, in: inspection)
        let rest = view.suffix(from: end)
        if failure == nil, rest.count > 64 { inspection.inspectLeftover(rest, offset: end, at: spot) }
    }

    // MARK: Paddle

    /// Paddle's `ProgramDesc` (`framework.proto`): blocks with their numbers, variables and operators.
    private static func isPaddle(_ bytes: RawSpan) -> Bool {
        var reader = ProtobufReader(0..<bytes.byteCount)
        guard let block = reader.next(bytes), block.number == 1, let range = block.range else { return false }
        let parts = fields(bytes, range, most: 40).fields
        guard parts.count >= 3, parts[0].number == 1, parts[0].varint == 0, parts[1].number == 2, parts[1].varint != nil
        else { return false }
        return parts.contains { $0.number == 3 || $0.number == 4 }
    }

    static func inspectPaddle(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            let (blocks, isBroken) = fields(bytes, 0..<bytes.byteCount)
            if isBroken { malformed("Paddle program", 0, at: spot, in: inspection) }
            let count = blocks.count { $0.number == 1 }
            for block in blocks where block.number == 1 {
                guard let range = block.range else { continue }
                let (parts, isBroken) = fields(bytes, range)
                if isBroken { malformed("Paddle block", range.lowerBound, at: spot, in: inspection) }
                for part in parts where part.number == 4 {
                    part.range.map { paddleOperator(bytes, $0, blocks: count, at: spot, in: inspection) }
                }
                for part in parts where part.number == 3 {
                    part.range.map { paddleVariable(bytes, $0, at: spot, in: inspection) }
                }
            }
        }
    }

    private static func paddleOperator(
        _ bytes: RawSpan, _ range: Range<Int>, blocks: Int, at spot: Spot, in inspection: Inspection
    ) {
        let (parts, isBroken) = fields(bytes, range)
        if isBroken { malformed("Paddle operator", range.lowerBound, at: spot, in: inspection) }
        let type = text(bytes, parts.first { $0.number == 3 }?.range)
        let shown = PrintableText.quoting(type, limit: 60)
        let place = spot.offset(range.lowerBound)
        if ["py_func", "py_layer", "pylayer"].contains(type) {
            inspection.report(Rules.exoticCode, at: place, "the operator '\(shown)' calls Python", subject: type)
        } else if [
            "listen_and_serv", "send", "recv", "fetch_barrier", "send_barrier", "gen_nccl_id", "c_gen_nccl_id",
            "prefetch", "checkpoint_notify", "distributed_lookup_table", "send_and_recv", "gen_bkcl_id",
            "heter_listen_and_serv",
        ].contains(type) {
            inspection.report(
                Rules.exoticOutside, at: place, "the operator '\(shown)' talks to the network", subject: type)
        } else if type.hasSuffix("_engine") || type == "custom_op" {
            inspection.report(
                Rules.exoticCode, at: place, "the operator '\(shown)' brings native code", subject: type,
                severity: .medium)
        }
        for attribute in parts where attribute.number == 4 {
            guard let content = attribute.range else { continue }
            let inner = fields(bytes, content).fields
            let name = text(bytes, inner.first { $0.number == 1 }?.range)
            let values = inner.filter { $0.number == 5 || $0.number == 8 }.map { text(bytes, $0.range) }
            if let block = inner.first(where: { $0.number == 12 })?.varint, block >= UInt64(blocks), block < 1 << 31 {
                inspection.report(
                    Rules.exoticMalformed, at: place, "block \(block) of \(blocks)", subject: "block \(block)")
            }
            for value in values where !value.isEmpty {
                let isPath = ["file_path", "path", "filename", "model_cache_dir", "dirname", "save_path"].contains(name)
                if isPath, type.hasPrefix("save") || MemberPath.escape(Array(value.utf8)) != nil {
                    inspection.report(
                        Rules.exoticOutside, at: place,
                        "'\(shown)' \(type.hasPrefix("save") ? "writes" : "reads") '\(PrintableText.quoting(value, limit: 100))'",
                        subject: "\(type) \(value)")
                }
                if name.contains("endpoint") || value.hasPrefix("http://") || value.hasPrefix("https://")
                    || value.hasPrefix("tcp://")
                {
                    inspection.report(
                        Rules.exoticOutside, at: place,
                        "'\(shown)' names '\(PrintableText.quoting(value, limit: 100))'", subject: "\(type) \(value)",
                        severity: .medium)
                }
                if value.hasSuffix(".so") || value.hasSuffix(".dll") {
                    inspection.report(
                        Rules.exoticCode, at: place,
                        "'\(shown)' names the library '\(PrintableText.quoting(value, limit: 100))'", subject: value)
                }
            }
        }
    }

    private static func paddleVariable(_ bytes: RawSpan, _ range: Range<Int>, at spot: Spot, in inspection: Inspection)
    {
        guard let type = fields(bytes, range).fields.first(where: { $0.number == 2 })?.range,
            let tensor = fields(bytes, type).fields.first(where: { $0.number == 3 })?.range,
            let description = fields(bytes, tensor).fields.first(where: { $0.number == 1 })?.range
        else { return }
        for dimension in fields(bytes, description).fields where dimension.number == 2 {
            guard let value = dimension.varint else { continue }
            let number = Int64(bitPattern: value)
            if number < -1 || number > 1 << 40 {
                inspection.report(
                    Rules.exoticMalformed, at: spot.offset(range.lowerBound), "an extent of \(number)",
                    subject: "extent \(number)")
            }
        }
    }

    // MARK: CNTK

    /// CNTK's `Dictionary` (`CNTK.proto`): a version and a map of values.
    private static func isCNTK(_ bytes: RawSpan) -> Bool {
        var reader = ProtobufReader(0..<bytes.byteCount)
        guard let version = reader.next(bytes), version.number == 1, let number = version.varint, number < 100,
            let entry = reader.next(bytes), entry.number == 2, let range = entry.range
        else { return false }
        let parts = fields(bytes, range, most: 4).fields
        guard parts.count == 2, parts[0].number == 1, parts[1].number == 2, let key = parts[0].range,
            let value = parts[1].range
        else { return false }
        let name = bytes.text(key, limit: 64)
        let inner = fields(bytes, value, most: 4).fields
        return !name.isEmpty && name.utf8.allSatisfy { TextBytes.isAlphanumeric($0) || $0 == 0x5F }
            && inner.first?.number == 1 && inner.dropFirst().first?.number == 2
    }

    static func inspectCNTK(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            if fields(bytes, 0..<bytes.byteCount).isBroken { malformed("CNTK dictionary", 0, at: spot, in: inspection) }
            var budget = 500_000
            dictionary(bytes, 0..<bytes.byteCount, 0, &budget, at: spot, in: inspection)
        }
    }

    private static func dictionary(
        _ bytes: RawSpan, _ range: Range<Int>, _ depth: Int, _ budget: inout Int, at spot: Spot,
        in inspection: Inspection
    ) {
        guard depth < 32 else { return }
        for entry in fields(bytes, range).fields where entry.number == 2 {
            guard budget > 0, let content = entry.range else { return }
            budget -= 1
            let parts = fields(bytes, content, most: 4).fields
            guard let key = parts.first(where: { $0.number == 1 })?.range,
                let value = parts.first(where: { $0.number == 2 })?.range
            else { continue }
            let name = bytes.text(key, limit: 64)
            if ["module", "deserialize_method", "native", "user_defined_state", "native_library"].contains(name) {
                let content = text(bytes, fields(bytes, value, most: 8).fields.first { $0.number == 8 }?.range)
                if !content.isEmpty || name == "native" {
                    inspection.report(
                        Rules.exoticCode, at: spot.element(name, offset: key.lowerBound),
                        "a function of the user's own: \(PrintableText.quoting(name, limit: 40)) '\(PrintableText.quoting(content, limit: 80))'",
                        subject: "\(name) \(content)")
                }
            }
            self.value(bytes, value, depth + 1, &budget, at: spot, in: inspection)
        }
    }

    /// CNTK's `NDArrayView`: a shape and values that have to fit it.
    private static func array(_ bytes: RawSpan, _ range: Range<Int>, at spot: Spot, in inspection: Inspection) {
        let parts = fields(bytes, range, most: 16).fields
        func packed(_ number: Int) -> Range<Int>? {
            parts.first { $0.number == number }?.range.flatMap { inner in
                fields(bytes, inner, most: 2).fields.first { $0.number == 1 }?.range
            }
        }
        guard let shape = packed(3) else { return }
        var position = shape.lowerBound
        var size = 1.0
        while position < shape.upperBound, let value = ProtobufReader.varint(bytes, &position, shape.upperBound) {
            size *= Double(value)
        }
        guard let values = packed(4) ?? packed(5) else { return }
        let width = packed(4) != nil ? 4.0 : 8.0
        if size * width != Double(values.count) {
            malformed(
                "an array of \(Int(min(size, 1e18))) values in \(values.count) bytes", range.lowerBound, at: spot,
                in: inspection)
        }
    }

    private static func value(
        _ bytes: RawSpan, _ range: Range<Int>, _ depth: Int, _ budget: inout Int, at spot: Spot,
        in inspection: Inspection
    ) {
        let (parts, isBroken) = fields(bytes, range, most: 16)
        if isBroken { malformed("CNTK value", range.lowerBound, at: spot, in: inspection) }
        for part in parts {
            guard let content = part.range, budget > 0, depth < 32 else { continue }
            budget -= 1
            if part.number == 13 { array(bytes, content, at: spot, in: inspection) }
            if part.number == 12 { dictionary(bytes, content, depth + 1, &budget, at: spot, in: inspection) }
            if part.number == 11 {
                for item in fields(bytes, content).fields where item.number == 1 {
                    item.range.map { value(bytes, $0, depth + 1, &budget, at: spot, in: inspection) }
                }
            }
            if part.number == 8 {
                let type = bytes.text(content, limit: 64)
                if type.contains("UserDefined") || type.contains("UserFunction") {
                    inspection.report(
                        Rules.exoticCode, at: spot.offset(content.lowerBound),
                        "a function of the user's own: '\(PrintableText.quoting(type, limit: 60))'", subject: type)
                }
            }
        }
    }

    private static func malformed(_ what: String, _ offset: Int, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.exoticMalformed, at: spot.offset(offset), "a \(what) that breaks off", subject: what)
    }
}

extension String {
    fileprivate func range(of needle: String) -> Range<String.Index>? { firstRange(of: needle) }
}
