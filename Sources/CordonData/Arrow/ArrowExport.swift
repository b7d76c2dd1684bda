internal import ArrowABI
internal import Glibc

/// Hands columns to Arrow C++ without copying: buffers stay where they are, and their owner is kept until the release.
///
/// Source: Apache Arrow, "The Arrow C data interface", "Release callback semantics for producers".
enum ArrowExport {
    /// What a structure given away holds on to.
    private final class Keeper {
        let owner: AnyObject?
        var memory: [UnsafeMutableRawPointer] = []
        init(_ owner: AnyObject?) { self.owner = owner }
        deinit { for pointer in memory { free(pointer) } }
    }

    /// The schema of a record of these fields. The receiver releases it.
    static func schema(_ fields: [Field]) -> ArrowSchema { schema(Field(name: "", type: .record(fields))) }

    private static func schema(_ field: Field) -> ArrowSchema {
        let keeper = Keeper(nil)
        func text(_ value: String) -> UnsafePointer<CChar>? {
            guard let copy = strdup(value) else { return nil }
            keeper.memory.append(copy)
            return UnsafePointer(copy)
        }
        var schema = ArrowSchema()
        var children: [ArrowSchema] = []
        switch field.type {
        case .list(let element, _): children = [Self.schema(Field(name: "item", type: element))]
        case .record(let fields): children = fields.map { Self.schema($0) }
        default: break
        }
        schema.format = text(format(field.type))
        schema.name = text(field.name)
        schema.flags = 2
        schema.n_children = Int64(children.count)
        schema.children = pointers(children, keeper)
        schema.private_data = Unmanaged.passRetained(keeper).toOpaque()
        schema.release = { schema in
            guard let schema, let data = schema.pointee.private_data else { return }
            for index in 0..<Int(schema.pointee.n_children) {
                if let child = schema.pointee.children[index], let release = child.pointee.release { release(child) }
            }
            schema.pointee.release = nil
            Unmanaged<Keeper>.fromOpaque(data).release()
        }
        return schema
    }

    /// Arrow's name of a type. Columns of nothing are written as text.
    private static func format(_ type: ColumnType) -> String {
        switch type {
        case .null: "u"
        case .boolean: "b"
        case .integer(let bits, let isSigned):
            switch bits {
            case 8: isSigned ? "c" : "C"
            case 16: isSigned ? "s" : "S"
            case 32: isSigned ? "i" : "I"
            default: isSigned ? "l" : "L"
            }
        case .real(let bits): bits == 16 ? "e" : bits == 32 ? "f" : "g"
        case .decimal(let precision, let scale, let bits):
            "d:\(precision),\(scale)" + (bits == 128 ? "" : ",\(bits)")
        case .text: "u"
        case .bytes: "z"
        case .time(let format): format
        case .list(_, let size): size.map { "+w:\($0)" } ?? "+l"
        case .record: "+s"
        case .other(let format): format
        }
    }

    /// A batch as a struct array. The receiver releases it.
    ///
    /// - Throws: where a column lies in memory in a way that this does not write.
    static func array(_ batch: Batch) throws(DatasetFailure) -> ArrowArray {
        var children: [ArrowArray] = []
        // What was made before a failure is given back.
        do throws(DatasetFailure) {
            for column in batch.columns { children.append(try array(column.plain())) }
        } catch {
            for index in children.indices { children[index].release?(&children[index]) }
            throw error
        }
        let keeper = Keeper(nil)
        var array = ArrowArray()
        array.length = Int64(batch.count)
        finish(&array, buffers: [nil], children: children, keeper)
        return array
    }

    private static func array(_ column: Column) throws(DatasetFailure) -> ArrowArray {
        let keeper = Keeper(column.owner)
        var array = ArrowArray()
        array.length = Int64(column.count)
        array.offset = Int64(column.offset)
        array.null_count = column.validity == nil ? 0 : -1
        var children: [ArrowArray] = []
        switch column.layout {
        case .bits, .fixed, .variable(isLarge: false), .list(isLarge: false):
            for child in column.children { children.append(try Self.array(child)) }
            finish(&array, buffers: [column.validity] + column.buffers, children: children, keeper)
        case .fixedList, .record:
            for child in column.children { children.append(try Self.array(child)) }
            finish(&array, buffers: [column.validity], children: children, keeper)
        default: throw DatasetFailure(.argument, "a column of \(column.type.description) cannot be written")
        }
        return array
    }

    private static func finish(
        _ array: inout ArrowArray, buffers: [UnsafeRawPointer?], children: [ArrowArray], _ keeper: Keeper
    ) {
        let memory = UnsafeMutablePointer<UnsafeRawPointer?>(
            OpaquePointer(calloc(max(1, buffers.count), MemoryLayout<UnsafeRawPointer?>.size)!))
        for (index, buffer) in buffers.enumerated() { memory[index] = buffer }
        keeper.memory.append(UnsafeMutableRawPointer(memory))
        array.n_buffers = Int64(buffers.count)
        array.buffers = memory
        array.n_children = Int64(children.count)
        array.children = pointers(children, keeper)
        array.private_data = Unmanaged.passRetained(keeper).toOpaque()
        array.release = { array in
            guard let array, let data = array.pointee.private_data else { return }
            for index in 0..<Int(array.pointee.n_children) {
                if let child = array.pointee.children[index], let release = child.pointee.release { release(child) }
            }
            array.pointee.release = nil
            Unmanaged<Keeper>.fromOpaque(data).release()
        }
    }

    /// Structures at addresses that stay until the keeper goes.
    private static func pointers<Structure: BitwiseCopyable>(
        _ list: [Structure], _ keeper: Keeper
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>? {
        guard !list.isEmpty else { return nil }
        let table = UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>(
            OpaquePointer(calloc(list.count, MemoryLayout<UnsafeMutablePointer<Structure>?>.size)!))
        let bodies = UnsafeMutablePointer<Structure>(OpaquePointer(calloc(list.count, MemoryLayout<Structure>.stride)!))
        for (index, structure) in list.enumerated() {
            bodies[index] = structure
            table[index] = bodies + index
        }
        keeper.memory += [UnsafeMutableRawPointer(table), UnsafeMutableRawPointer(bodies)]
        return table
    }
}

extension Column {
    /// The same values in a layout that is written: text with 64-bit offsets, views and dictionaries are copied out.
    func plain() -> Column {
        guard !isPlain else { return self }
        var builder = ColumnBuilder(type)
        for row in 0..<count { builder.append(self, row) }
        return builder.finish()
    }

    private var isPlain: Bool {
        switch layout {
        case .fixed: type != .bytes
        case .bits, .variable(isLarge: false): true
        case .list(isLarge: false), .fixedList, .record: children.allSatisfy(\.isPlain)
        default: false
        }
    }
}
