// Arrow C++ behind the table of `ArrowABI.h`.

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/api.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include "CordonArrow.h"

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <limits>

namespace {

/// Counts what readers and writers hold, and refuses beyond a limit: sizes in a hostile file are only claims.
class LimitedPool final : public arrow::MemoryPool {
  public:
    explicit LimitedPool(arrow::MemoryPool *base) : base_(base) {}

    arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t **out) override {
        ARROW_RETURN_NOT_OK(reserve(size));
        auto status = base_->Allocate(size, alignment, out);
        if (!status.ok()) held_ -= size;
        return status;
    }
    arrow::Status Reallocate(int64_t before, int64_t size, int64_t alignment, uint8_t **out) override {
        ARROW_RETURN_NOT_OK(reserve(size - before));
        auto status = base_->Reallocate(before, size, alignment, out);
        if (!status.ok()) held_ -= size - before;
        return status;
    }
    void Free(uint8_t *buffer, int64_t size, int64_t alignment) override {
        base_->Free(buffer, size, alignment);
        held_ -= size;
    }
    void ReleaseUnused() override { base_->ReleaseUnused(); }
    int64_t bytes_allocated() const override { return held_.load(); }
    int64_t max_memory() const override { return base_->max_memory(); }
    int64_t total_bytes_allocated() const override { return base_->total_bytes_allocated(); }
    int64_t num_allocations() const override { return base_->num_allocations(); }
    std::string backend_name() const override { return base_->backend_name(); }

    std::atomic<int64_t> limit{std::numeric_limits<int64_t>::max()};

  private:
    arrow::Status reserve(int64_t more) {
        int64_t now = held_.fetch_add(more) + more;
        if (more > 0 && now > limit.load()) {
            held_ -= more;
            return arrow::Status::OutOfMemory(more, " bytes more than the limit of ", limit.load(), " allows");
        }
        return arrow::Status::OK();
    }

    arrow::MemoryPool *base_;
    std::atomic<int64_t> held_{0};
};

LimitedPool *pool() {
    static auto *made = new LimitedPool(arrow::default_memory_pool());
    return made;
}

void describe(cordon_arrow_error *error, const std::string &text) {
    if (error == nullptr) return;
    size_t count = std::min(text.find('\n'), text.size());
    count = std::min(count, sizeof(error->message) - 1);
    std::memcpy(error->message, text.data(), count);
    error->message[count] = 0;
}

arrow::Status caught(const std::function<arrow::Status()> &body) {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return arrow::Status::OutOfMemory("out of memory");
    } catch (const std::exception &failure) {
        return arrow::Status::IOError(failure.what());
    } catch (...) {
        return arrow::Status::IOError("an unknown failure");
    }
}

bool guarded(cordon_arrow_error *error, const std::function<arrow::Status()> &body) {
    auto status = caught(body);
    if (!status.ok()) describe(error, status.message());
    return status.ok();
}

/// Lets nothing through that does not hold together, and no exception.
class CheckedReader final : public arrow::RecordBatchReader {
  public:
    CheckedReader(std::shared_ptr<arrow::RecordBatchReader> inner, bool isRaw) : inner_(std::move(inner)), isRaw_(isRaw) {}
    std::shared_ptr<arrow::Schema> schema() const override { return inner_->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
        return caught([&]() -> arrow::Status {
            ARROW_RETURN_NOT_OK(inner_->ReadNext(batch));
            if (*batch == nullptr) return arrow::Status::OK();
            // Buffers of IPC files come as they are: offsets must be checked. Parquet's are made by the decoder.
            return isRaw_ ? (*batch)->ValidateFull() : (*batch)->Validate();
        });
    }

  private:
    std::shared_ptr<arrow::RecordBatchReader> inner_;
    bool isRaw_;
};

/// Batches of an IPC file, one after the other.
class BatchRange final : public arrow::RecordBatchReader {
  public:
    BatchRange(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file, std::shared_ptr<arrow::Schema> schema, int first,
               int last, std::vector<int> columns)
        : file_(std::move(file)), schema_(std::move(schema)), next_(first), last_(last), columns_(std::move(columns)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
        if (next_ >= last_) {
            *batch = nullptr;
            return arrow::Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(auto whole, file_->ReadRecordBatch(next_++));
        ARROW_ASSIGN_OR_RAISE(*batch, whole->SelectColumns(columns_));
        return arrow::Status::OK();
    }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
    std::shared_ptr<arrow::Schema> schema_;
    int next_, last_;
    std::vector<int> columns_;
};

/// Chosen columns of an IPC stream.
class StreamColumns final : public arrow::RecordBatchReader {
  public:
    StreamColumns(std::shared_ptr<arrow::RecordBatchReader> stream, std::shared_ptr<arrow::Schema> schema,
                  std::vector<int> columns)
        : stream_(std::move(stream)), schema_(std::move(schema)), columns_(std::move(columns)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
        std::shared_ptr<arrow::RecordBatch> whole;
        ARROW_RETURN_NOT_OK(stream_->ReadNext(&whole));
        if (whole == nullptr) {
            *batch = nullptr;
            return arrow::Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(*batch, whole->SelectColumns(columns_));
        return arrow::Status::OK();
    }

  private:
    std::shared_ptr<arrow::RecordBatchReader> stream_;
    std::shared_ptr<arrow::Schema> schema_;
    std::vector<int> columns_;
};

arrow::Result<std::shared_ptr<arrow::io::ReadableFile>> source(int descriptor) {
    int copy = ::dup(descriptor);
    if (copy < 0) return arrow::Status::IOError("the descriptor cannot be copied");
    return arrow::io::ReadableFile::Open(copy, pool());
}

}  // namespace

struct cordon_table_file {
    std::shared_ptr<arrow::Schema> schema;
    std::unique_ptr<parquet::arrow::FileReader> parquet;
    std::shared_ptr<arrow::ipc::RecordBatchFileReader> ipc;
    std::shared_ptr<arrow::io::RandomAccessFile> stream;
};

struct cordon_table_writer {
    std::shared_ptr<arrow::Schema> schema;
    std::shared_ptr<arrow::io::OutputStream> sink;
    std::unique_ptr<parquet::arrow::FileWriter> writer;
};

namespace {

cordon_table_file *openParquet(int descriptor, cordon_arrow_error *error) {
    auto file = std::make_unique<cordon_table_file>();
    bool done = guarded(error, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(auto input, source(descriptor));
        parquet::ReaderProperties properties(pool());
        properties.enable_buffered_stream();
        properties.set_buffer_size(1 << 20);
        parquet::ArrowReaderProperties arrowProperties(true);
        arrowProperties.set_batch_size(1 << 16);
        arrowProperties.set_pre_buffer(false);
        parquet::arrow::FileReaderBuilder builder;
        ARROW_RETURN_NOT_OK(builder.Open(input, properties));
        builder.memory_pool(pool());
        builder.properties(arrowProperties);
        ARROW_RETURN_NOT_OK(builder.Build(&file->parquet));
        return file->parquet->GetSchema(&file->schema);
    });
    return done ? file.release() : nullptr;
}

arrow::ipc::IpcReadOptions ipcOptions() {
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.memory_pool = pool();
    options.max_recursion_depth = 32;
    return options;
}

cordon_table_file *openIpc(int descriptor, cordon_arrow_error *error) {
    auto file = std::make_unique<cordon_table_file>();
    bool done = guarded(error, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(auto input, source(descriptor));
        ARROW_ASSIGN_OR_RAISE(auto start, input->ReadAt(0, 6));
        if (start->size() == 6 && std::memcmp(start->data(), "ARROW1", 6) == 0) {
            ARROW_ASSIGN_OR_RAISE(file->ipc, arrow::ipc::RecordBatchFileReader::Open(input, ipcOptions()));
            file->schema = file->ipc->schema();
        } else {
            ARROW_RETURN_NOT_OK(input->Seek(0));
            ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(input, ipcOptions()));
            file->schema = reader->schema();
            file->stream = input;
        }
        return arrow::Status::OK();
    });
    return done ? file.release() : nullptr;
}

void closeFile(cordon_table_file *file) { delete file; }

bool schema(cordon_table_file *file, struct ArrowSchema *schema, cordon_arrow_error *error) {
    return guarded(error, [&] { return arrow::ExportSchema(*file->schema, schema); });
}

int64_t partCount(const cordon_table_file *file) {
    if (file->parquet) return file->parquet->num_row_groups();
    return file->ipc ? file->ipc->num_record_batches() : -1;
}

int64_t partRows(const cordon_table_file *file, int64_t part) {
    if (!file->parquet || part < 0 || part >= file->parquet->num_row_groups()) return -1;
    return file->parquet->parquet_reader()->metadata()->RowGroup(int(part))->num_rows();
}

int64_t partBytes(const cordon_table_file *file, int64_t part) {
    if (!file->parquet || part < 0 || part >= file->parquet->num_row_groups()) return -1;
    return file->parquet->parquet_reader()->metadata()->RowGroup(int(part))->total_byte_size();
}

bool read(cordon_table_file *file, int64_t first, int64_t last, const int32_t *columns, int64_t columnCount,
          int64_t rows, struct ArrowArrayStream *stream, cordon_arrow_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        std::vector<int> chosen(columns, columns + columnCount);
        arrow::FieldVector fields;
        for (int column : chosen) {
            if (column < 0 || column >= file->schema->num_fields()) return arrow::Status::Invalid("no column ", column);
            fields.push_back(file->schema->field(column));
        }
        auto narrowed = arrow::schema(fields);
        std::shared_ptr<arrow::RecordBatchReader> reader;
        if (file->parquet) {
            std::vector<int> groups, leaves;
            for (int64_t part = first; part < last; part++) groups.push_back(int(part));
            // Parquet counts leaves; a nested column has several.
            const auto &manifest = file->parquet->manifest();
            std::function<void(const parquet::arrow::SchemaField &)> collect = [&](const auto &field) {
                if (field.children.empty()) {
                    leaves.push_back(field.column_index);
                } else {
                    for (const auto &child : field.children) collect(child);
                }
            };
            for (int column : chosen) collect(manifest.schema_fields[size_t(column)]);
            file->parquet->set_batch_size(rows);
            ARROW_ASSIGN_OR_RAISE(auto batches, file->parquet->GetRecordBatchReader(groups, leaves));
            reader = std::move(batches);
        } else if (file->ipc) {
            reader = std::make_shared<BatchRange>(file->ipc, narrowed, int(first), int(last), chosen);
        } else {
            // A stream of its own over the file: several may be read at once.
            ARROW_ASSIGN_OR_RAISE(auto size, file->stream->GetSize());
            ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::RandomAccessFile::GetStream(file->stream, 0, size));
            ARROW_ASSIGN_OR_RAISE(auto whole, arrow::ipc::RecordBatchStreamReader::Open(input, ipcOptions()));
            reader = std::make_shared<StreamColumns>(whole, narrowed, chosen);
        }
        return arrow::ExportRecordBatchReader(std::make_shared<CheckedReader>(reader, !file->parquet), stream);
    });
}

cordon_table_writer *create(int descriptor, struct ArrowSchema *schema, cordon_arrow_error *error) {
    auto writer = std::make_unique<cordon_table_writer>();
    bool done = guarded(error, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(writer->schema, arrow::ImportSchema(schema));
        int copy = ::dup(descriptor);
        if (copy < 0) return arrow::Status::IOError("the descriptor cannot be copied");
        ARROW_ASSIGN_OR_RAISE(writer->sink, arrow::io::FileOutputStream::Open(copy));
        auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->memory_pool(pool())->build();
        auto arrowProperties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
        ARROW_ASSIGN_OR_RAISE(
            writer->writer,
            parquet::arrow::FileWriter::Open(*writer->schema, pool(), writer->sink, properties, arrowProperties));
        return arrow::Status::OK();
    });
    return done ? writer.release() : nullptr;
}

bool write(cordon_table_writer *writer, struct ArrowArray *rows, cordon_arrow_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(rows, writer->schema));
        ARROW_RETURN_NOT_OK(batch->Validate());
        return writer->writer->WriteRecordBatch(*batch);
    });
}

bool finish(cordon_table_writer *writer, cordon_arrow_error *error) {
    std::unique_ptr<cordon_table_writer> owned(writer);
    return guarded(error, [&]() -> arrow::Status {
        ARROW_RETURN_NOT_OK(owned->writer->Close());
        return owned->sink->Close();
    });
}

void setThreads(int32_t count) { (void)arrow::SetCpuThreadPoolCapacity(count < 1 ? 1 : count); }
void setMemoryLimit(int64_t bytes) { pool()->limit = bytes > 0 ? bytes : std::numeric_limits<int64_t>::max(); }
int64_t memory() { return pool()->bytes_allocated(); }

}  // namespace

extern "C" const cordon_arrow *cordon_arrow_open(int32_t version) {
    if (version != CORDON_ARROW_VERSION) return nullptr;
    static const cordon_arrow table = [] {
        cordon_arrow made{};
        made.version = CORDON_ARROW_VERSION;
        made.open_parquet = openParquet;
        made.open_ipc = openIpc;
        made.close = closeFile;
        made.schema = schema;
        made.part_count = partCount;
        made.part_rows = partRows;
        made.part_bytes = partBytes;
        made.read = read;
        made.create = create;
        made.write = write;
        made.finish = finish;
        made.set_threads = setThreads;
        made.set_memory_limit = setMemoryLimit;
        made.memory = memory;
        return made;
    }();
    return &table;
}
