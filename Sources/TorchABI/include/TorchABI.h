#ifndef CORDON_TORCH_ABI_H
#define CORDON_TORCH_ABI_H

/// The only border between Cordon and libtorch: plain C values and a table of functions.
///
/// The shim library exports `cordon_torch_open`; whoever loads it gets the table. No C++ type and no exception crosses.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes whenever a declaration in this file does.
#define CORDON_TORCH_VERSION 1

/// A tensor that the caller owns and gives back with `release`.
typedef struct cordon_tensor cordon_tensor;
/// A seeded source of random numbers.
typedef struct cordon_generator cordon_generator;
/// An operator of libtorch, found once and kept for the life of the process.
typedef struct cordon_operator cordon_operator;

/// What a `cordon_value` holds.
enum cordon_tag {
    /// The operator's default where it has one, else nothing.
    CORDON_DEFAULT = 0,
    CORDON_NONE = 1,
    CORDON_TENSOR = 2,
    CORDON_INTEGER = 3,
    CORDON_REAL = 4,
    CORDON_BOOLEAN = 5,
    /// `count` numbers of 64 bits at `pointer`.
    CORDON_INTEGERS = 6,
    CORDON_REALS = 7,
    /// `count` truth values of one byte.
    CORDON_BOOLEANS = 8,
    /// `count` pointers to tensors.
    CORDON_TENSORS = 9,
    /// The same; a null pointer stands for none.
    CORDON_OPTIONAL_TENSORS = 10,
    CORDON_GENERATOR = 11,
    /// `count` bytes of UTF-8.
    CORDON_TEXT = 12,
};

/// One argument or result of an operator.
typedef struct {
    int32_t tag;
    int64_t integer;
    double real;
    const void *pointer;
    int64_t count;
} cordon_value;

/// The class of a failure.
enum cordon_failure {
    CORDON_FAILURE_OTHER = 1,
    CORDON_FAILURE_MEMORY = 2,
};

/// Why a call failed: one line of UTF-8.
typedef struct {
    int32_t kind;
    char message[512];
} cordon_error;

/// Memory of all tensors, in bytes.
typedef struct {
    int64_t live;
    int64_t peak;
    int64_t cached;
    int64_t limit;
} cordon_memory;

/// The functions of the shim. Those that can fail return false or NULL and fill `error`.
typedef struct {
    int32_t version;

    /// Makes a tensor over the caller's memory, which stays valid until `release(context)` is called.
    cordon_tensor *(*wrap)(void *data, int32_t type, const int64_t *extents, int64_t rank, void *context,
                           void (*release)(void *), cordon_error *error);
    /// Another owner of the same tensor.
    cordon_tensor *(*retain)(const cordon_tensor *tensor);
    void (*release)(cordon_tensor *tensor);
    int32_t (*type)(const cordon_tensor *tensor);
    int64_t (*rank)(const cordon_tensor *tensor);
    void (*extents)(const cordon_tensor *tensor, int64_t *extents);
    bool (*is_contiguous)(const cordon_tensor *tensor);
    /// The first element; NULL where there is none or the tensor is not strided.
    void *(*data)(const cordon_tensor *tensor);

    cordon_operator *(*find)(const char *name, const char *overload, cordon_error *error);
    /// Calls an operator; results beyond `capacity` are a failure. Each tensor in the results belongs to the caller;
    /// so do lists of tensors, which `release_list` frees together with their tensors that were not taken.
    bool (*call)(const cordon_operator *op, const cordon_value *arguments, int64_t count, cordon_value *results,
                 int64_t capacity, int64_t *produced, cordon_error *error);
    void (*release_list)(const void *list);

    bool (*set_requires_gradient)(cordon_tensor *tensor, bool on, cordon_error *error);
    bool (*requires_gradient)(const cordon_tensor *tensor);
    /// Records operations on this thread, or not; says how it was before.
    bool (*set_recording)(bool on);
    /// Gradients of the sum of `output`; entries are NULL where the output does not depend on the input.
    bool (*gradients)(const cordon_tensor *output, cordon_tensor *const *inputs, int64_t count, bool keep,
                      cordon_tensor **gradients, cordon_error *error);

    cordon_generator *(*generator)(uint64_t seed);
    void (*release_generator)(cordon_generator *generator);

    void (*set_threads)(int32_t count);
    int32_t (*threads)(void);
    void (*set_memory_limit)(int64_t bytes);
    cordon_memory (*memory)(void);
    /// Gives memory that is kept for reuse back to the system.
    void (*release_cache)(void);
} cordon_torch;

/// Writes the folder of the program that this code is linked into.
bool cordon_program_folder(char *path, size_t capacity);
/// Whether this processor has the AVX-512 instructions that the wide kernels use.
bool cordon_has_avx512(void);

#ifdef __cplusplus
}
#endif
#endif
