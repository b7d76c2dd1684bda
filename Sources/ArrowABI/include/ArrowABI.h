#ifndef CORDON_ARROW_ABI_H
#define CORDON_ARROW_ABI_H

/// The only border between Cordon and Arrow C++: the Arrow C data and stream interfaces, and a table of functions.
///
/// Source of the three structures: Apache Arrow, "The Arrow C data interface" and "The Arrow C stream interface".

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/// Changes whenever a declaration in this file does.
#define CORDON_ARROW_VERSION 1

/// An open file of tables.
typedef struct cordon_table_file cordon_table_file;
/// A Parquet file that is being written.
typedef struct cordon_table_writer cordon_table_writer;

/// Why a call failed: one line of UTF-8.
typedef struct {
    char message[512];
} cordon_arrow_error;

/// The functions of the shim. Those that can fail return false or NULL and fill `error`.
typedef struct {
    int32_t version;

    /// Opens a Parquet file. The descriptor is copied; reads go by position and no byte is mapped.
    cordon_table_file *(*open_parquet)(int descriptor, cordon_arrow_error *error);
    /// Opens an Arrow IPC file or stream (Feather version 2 included).
    cordon_table_file *(*open_ipc)(int descriptor, cordon_arrow_error *error);
    void (*close)(cordon_table_file *file);
    bool (*schema)(cordon_table_file *file, struct ArrowSchema *schema, cordon_arrow_error *error);
    /// Parts that can be read on their own: row groups or record batches; -1 for a stream, which has one direction.
    int64_t (*part_count)(const cordon_table_file *file);
    /// Rows that the file says a part has; -1 where it does not say.
    int64_t (*part_rows)(const cordon_table_file *file, int64_t part);
    /// Bytes that the file says a part has when decompressed; -1 where it does not say.
    int64_t (*part_bytes)(const cordon_table_file *file, int64_t part);
    /// Reads parts `first ..< last` and these top-level columns, in batches of at most `rows`. A stream ignores the parts.
    /// Every array is validated before it is given.
    bool (*read)(cordon_table_file *file, int64_t first, int64_t last, const int32_t *columns, int64_t column_count,
                 int64_t rows, struct ArrowArrayStream *stream, cordon_arrow_error *error);

    /// Begins a Parquet file; takes over the schema. The descriptor is copied.
    cordon_table_writer *(*create)(int descriptor, struct ArrowSchema *schema, cordon_arrow_error *error);
    /// Writes a struct array of the schema's columns; takes it over.
    bool (*write)(cordon_table_writer *writer, struct ArrowArray *rows, cordon_arrow_error *error);
    /// Ends the file and frees the writer, also where it fails.
    bool (*finish)(cordon_table_writer *writer, cordon_arrow_error *error);

    /// Threads that decoding may use.
    void (*set_threads)(int32_t count);
    /// Most bytes that all readers and writers may hold.
    void (*set_memory_limit)(int64_t bytes);
    int64_t (*memory)(void);
} cordon_arrow;

/// Writes the folder of the program that this code is linked into.
bool cordon_arrow_program_folder(char *path, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
