internal import ArrowABI

/// Parquet with Zstandard, through Arrow C++.
struct ParquetSink: Sink {
    private let table: cordon_arrow
    private let writer: OpaquePointer
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

    mutating func write(_ batch: Batch) throws {
        var array = try ArrowExport.array(batch)
        var failure = cordon_arrow_error()
        guard table.write(writer, &array, &failure) else { throw DatasetFailure(failure, path) }
    }

    mutating func finish() throws {
        var failure = cordon_arrow_error()
        guard table.finish(writer, &failure) else { throw DatasetFailure(failure, path) }
    }
}
