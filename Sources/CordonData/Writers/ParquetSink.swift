internal import ArrowABI

/// Parquet with Zstandard, through Arrow C++.
final class ParquetSink: Sink {
    private let table: cordon_arrow
    private var writer: OpaquePointer?
    private let path: String

    init(_ descriptor: Int32, _ fields: [Field], _ path: String) throws(DatasetFailure) {
        table = try ArrowLibrary.table()
        self.path = path
        var schema = ArrowExport.schema(fields)
        var failure = cordon_arrow_error()
        guard let writer = table.create(descriptor, &schema, &failure) else {
            schema.release?(&schema)
            throw DatasetFailure(failure, path)
        }
        self.writer = writer
    }

    /// A writer that is not finished frees what it holds.
    deinit {
        var failure = cordon_arrow_error()
        if let writer { _ = table.finish(writer, &failure) }
    }

    func write(_ batch: Batch) throws {
        var array = try ArrowExport.array(batch)
        var failure = cordon_arrow_error()
        guard table.write(writer, &array, &failure) else {
            array.release?(&array)
            throw DatasetFailure(failure, path)
        }
    }

    func finish() throws {
        var failure = cordon_arrow_error()
        // It is gone from here on, whether it succeeds or not.
        let ended = writer
        writer = nil
        guard table.finish(ended, &failure) else { throw DatasetFailure(failure, path) }
    }
}
