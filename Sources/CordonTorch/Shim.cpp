// libtorch behind the table of `TorchABI.h`. Operators are called through libtorch's dispatcher by name, so the table
// stays small: everything that an operator means is written in Swift.

#include "CordonTorch.h"
#include "Memory.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <dlfcn.h>
#include <malloc.h>

#include <cstdio>
#include <cstring>

struct cordon_generator {
    at::Generator generator;
};

struct cordon_operator {
    c10::OperatorHandle handle;
};

namespace {

at::Tensor *raw(cordon_tensor *tensor) { return reinterpret_cast<at::Tensor *>(tensor); }
const at::Tensor &ref(const cordon_tensor *tensor) { return *reinterpret_cast<const at::Tensor *>(tensor); }
cordon_tensor *owned(at::Tensor tensor) { return reinterpret_cast<cordon_tensor *>(new at::Tensor(std::move(tensor))); }

void describe(cordon_error *error, int32_t kind, const char *text) {
    if (error == nullptr) return;
    error->kind = kind;
    size_t count = std::min(std::strcspn(text, "\n"), sizeof(error->message) - 1);
    std::memcpy(error->message, text, count);
    error->message[count] = 0;
}

/// Runs `body`; whatever it throws becomes an error.
template <typename Body>
bool guarded(cordon_error *error, Body body) {
    try {
        body();
        return true;
    } catch (const cordon::OutOfMemory &failure) {
        char text[200];
        std::snprintf(text, sizeof(text), "tensors of %lld bytes are alive and one of %zu more exceeds the limit of %lld bytes",
                      (long long)failure.live, failure.wanted, (long long)failure.limit);
        describe(error, CORDON_FAILURE_MEMORY, text);
    } catch (const c10::Error &failure) {
        describe(error, CORDON_FAILURE_OTHER, failure.what_without_backtrace());
    } catch (const std::bad_alloc &) {
        describe(error, CORDON_FAILURE_MEMORY, "out of memory");
    } catch (const std::exception &failure) {
        describe(error, CORDON_FAILURE_OTHER, failure.what());
    } catch (...) {
        describe(error, CORDON_FAILURE_OTHER, "an unknown failure");
    }
    return false;
}

cordon_tensor *wrap(void *data, int32_t type, const int64_t *extents, int64_t rank, void *context,
                    void (*release)(void *), cordon_error *error) {
    cordon_tensor *result = nullptr;
    bool taken = false;
    guarded(error, [&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(type));
        taken = true;
        result = owned(at::from_blob(data, at::IntArrayRef(extents, rank), [context, release](void *) { release(context); },
                                     options));
    });
    if (!taken) release(context);
    return result;
}

cordon_tensor *retain(const cordon_tensor *tensor) { return owned(ref(tensor)); }
void release(cordon_tensor *tensor) { delete raw(tensor); }
int32_t type(const cordon_tensor *tensor) { return static_cast<int32_t>(ref(tensor).scalar_type()); }
int64_t rank(const cordon_tensor *tensor) { return ref(tensor).dim(); }
void extents(const cordon_tensor *tensor, int64_t *extents) {
    auto sizes = ref(tensor).sizes();
    std::copy(sizes.begin(), sizes.end(), extents);
}
bool isContiguous(const cordon_tensor *tensor) {
    return ref(tensor).layout() == at::kStrided && ref(tensor).is_contiguous();
}
void *data(const cordon_tensor *tensor) {
    const auto &value = ref(tensor);
    return value.layout() == at::kStrided && !value.is_mkldnn() ? value.data_ptr() : nullptr;
}

cordon_operator *find(const char *name, const char *overload, cordon_error *error) {
    cordon_operator *result = nullptr;
    guarded(error, [&] {
        result = new cordon_operator{c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)};
    });
    return result;
}

c10::IValue argument(const cordon_value &value) {
    switch (value.tag) {
    case CORDON_TENSOR: return ref(static_cast<const cordon_tensor *>(value.pointer));
    case CORDON_INTEGER: return value.integer;
    case CORDON_REAL: return value.real;
    case CORDON_BOOLEAN: return value.integer != 0;
    case CORDON_INTEGERS: {
        auto numbers = static_cast<const int64_t *>(value.pointer);
        return c10::List<int64_t>(at::IntArrayRef(numbers, value.count));
    }
    case CORDON_REALS: {
        auto numbers = static_cast<const double *>(value.pointer);
        return c10::List<double>(at::ArrayRef<double>(numbers, value.count));
    }
    case CORDON_BOOLEANS: {
        auto truths = static_cast<const uint8_t *>(value.pointer);
        c10::List<bool> list;
        for (int64_t index = 0; index < value.count; index++) list.push_back(truths[index] != 0);
        return list;
    }
    case CORDON_TENSORS: {
        auto tensors = static_cast<const cordon_tensor *const *>(value.pointer);
        c10::List<at::Tensor> list;
        for (int64_t index = 0; index < value.count; index++) list.push_back(ref(tensors[index]));
        return list;
    }
    case CORDON_OPTIONAL_TENSORS: {
        auto tensors = static_cast<const cordon_tensor *const *>(value.pointer);
        c10::List<c10::optional<at::Tensor>> list;
        for (int64_t index = 0; index < value.count; index++) {
            list.push_back(tensors[index] ? c10::optional<at::Tensor>(ref(tensors[index])) : c10::nullopt);
        }
        return list;
    }
    case CORDON_GENERATOR: return static_cast<const cordon_generator *>(value.pointer)->generator;
    case CORDON_TEXT: return std::string(static_cast<const char *>(value.pointer), size_t(value.count));
    default: return c10::IValue();
    }
}

cordon_value result(const c10::IValue &value) {
    cordon_value out{};
    if (value.isTensor()) {
        if (!value.toTensor().defined()) {
            out.tag = CORDON_NONE;
            return out;
        }
        out.tag = CORDON_TENSOR;
        out.pointer = owned(value.toTensor());
    } else if (value.isInt()) {
        out.tag = CORDON_INTEGER;
        out.integer = value.toInt();
    } else if (value.isDouble()) {
        out.tag = CORDON_REAL;
        out.real = value.toDouble();
    } else if (value.isBool()) {
        out.tag = CORDON_BOOLEAN;
        out.integer = value.toBool();
    } else if (value.isScalar()) {
        auto scalar = value.toScalar();
        if (scalar.isFloatingPoint()) {
            out.tag = CORDON_REAL;
            out.real = scalar.toDouble();
        } else {
            out.tag = CORDON_INTEGER;
            out.integer = scalar.toLong();
        }
    } else if (value.isTensorList()) {
        auto list = value.toTensorVector();
        auto tensors = static_cast<cordon_tensor **>(std::calloc(list.size() + 1, sizeof(cordon_tensor *)));
        if (tensors == nullptr) throw std::bad_alloc();
        for (size_t index = 0; index < list.size(); index++) tensors[index] = owned(list[index]);
        out.tag = CORDON_TENSORS;
        out.pointer = tensors;
        out.count = int64_t(list.size());
    } else {
        out.tag = CORDON_NONE;
    }
    return out;
}

bool call(const cordon_operator *op, const cordon_value *arguments, int64_t count, cordon_value *results,
          int64_t capacity, int64_t *produced, cordon_error *error) {
    return guarded(error, [&] {
        const auto &schema = op->handle.schema();
        const auto &formal = schema.arguments();
        TORCH_CHECK(size_t(count) <= formal.size(), "too many arguments for ", schema.name());
        torch::jit::Stack stack;
        stack.reserve(formal.size());
        for (size_t index = 0; index < formal.size(); index++) {
            if (int64_t(index) < count && arguments[index].tag != CORDON_DEFAULT) {
                stack.push_back(argument(arguments[index]));
            } else {
                stack.push_back(formal[index].default_value().value_or(c10::IValue()));
            }
        }
        op->handle.callBoxed(stack);
        TORCH_CHECK(int64_t(stack.size()) <= capacity, "too many results of ", schema.name());
        *produced = int64_t(stack.size());
        for (size_t index = 0; index < stack.size(); index++) results[index] = result(stack[index]);
    });
}

void releaseList(const void *list) { std::free(const_cast<void *>(list)); }

bool setRequiresGradient(cordon_tensor *tensor, bool on, cordon_error *error) {
    return guarded(error, [&] { raw(tensor)->set_requires_grad(on); });
}
bool requiresGradient(const cordon_tensor *tensor) { return ref(tensor).requires_grad(); }

bool setRecording(bool on) {
    bool before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(on);
    return before;
}

bool gradients(const cordon_tensor *output, cordon_tensor *const *inputs, int64_t count, bool keep,
               cordon_tensor **gradients, cordon_error *error) {
    return guarded(error, [&] {
        torch::autograd::variable_list wanted;
        for (int64_t index = 0; index < count; index++) wanted.push_back(ref(inputs[index]));
        c10::AutoGradMode recording(true);
        auto sum = ref(output).dim() == 0 ? ref(output) : ref(output).sum();
        auto found = torch::autograd::grad({sum}, wanted, {}, keep, false, true);
        for (int64_t index = 0; index < count; index++) {
            const auto &gradient = found[size_t(index)];
            gradients[index] = gradient.defined() ? owned(gradient) : nullptr;
        }
    });
}

cordon_generator *generator(uint64_t seed) {
    return new cordon_generator{at::make_generator<at::CPUGeneratorImpl>(seed)};
}
void releaseGenerator(cordon_generator *generator) { delete generator; }

void setThreads(int32_t count) {
    at::set_num_threads(count);
    // OpenBLAS with its own threads does not listen to libtorch.
    using Setter = void (*)(int);
    if (auto set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
}
int32_t threads() { return at::get_num_threads(); }

cordon_memory memory() {
    cordon_memory out{};
    cordon::readMemory(&out.live, &out.peak, &out.cached, &out.limit);
    return out;
}

}  // namespace

extern "C" const cordon_torch *cordon_torch_open(int32_t version) {
    if (version != CORDON_TORCH_VERSION) return nullptr;
    static const cordon_torch table = [] {
        cordon::installAllocator();
        c10::GradMode::set_enabled(false);
        cordon_torch made{};
        made.version = CORDON_TORCH_VERSION;
        made.wrap = wrap;
        made.retain = retain;
        made.release = release;
        made.type = type;
        made.rank = rank;
        made.extents = extents;
        made.is_contiguous = isContiguous;
        made.data = data;
        made.find = find;
        made.call = call;
        made.release_list = releaseList;
        made.set_requires_gradient = setRequiresGradient;
        made.requires_gradient = requiresGradient;
        made.set_recording = setRecording;
        made.gradients = gradients;
        made.generator = generator;
        made.release_generator = releaseGenerator;
        made.set_threads = setThreads;
        made.threads = threads;
        made.set_memory_limit = cordon::setMemoryLimit;
        made.memory = memory;
        made.release_cache = cordon::releaseCache;
        return made;
    }();
    return &table;
}
