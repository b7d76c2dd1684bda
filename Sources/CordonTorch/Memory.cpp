// One allocator below all tensors: it counts, refuses beyond a limit, and keeps freed blocks for reuse.
//
// Blocks of activations are tens of megabytes. glibc maps and unmaps such blocks each time, and the page faults cost more
// than the arithmetic of a small layer; a list of free blocks per size avoids them.

#include "Memory.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace cordon {
namespace {

constexpr size_t alignment = 64;
/// Smaller blocks are malloc's business.
constexpr size_t smallest = 16 << 10;
constexpr int64_t cacheLimit = int64_t(1) << 30;

std::mutex lock;
std::unordered_map<size_t, std::vector<void *>> freeBlocks;
std::atomic<int64_t> live{0}, peak{0}, limit{std::numeric_limits<int64_t>::max()};
int64_t cached = 0;

/// Rounds up to one of eight steps per power of two, so that blocks of nearly equal size serve each other.
size_t rounded(size_t size) {
    if (size < smallest) return (size + alignment - 1) / alignment * alignment;
    size_t power = size_t(1) << (63 - __builtin_clzll(size));
    size_t step = power / 8;
    return (size + step - 1) / step * step;
}

void dropCache() {
    for (auto &entry : freeBlocks)
        for (void *block : entry.second) std::free(block);
    freeBlocks.clear();
    cached = 0;
}

/// The size stands in the 64 bytes before the data.
void *data(void *block) { return static_cast<char *>(block) + alignment; }
void *block(void *data) { return static_cast<char *>(data) - alignment; }

void *take(size_t wanted) {
    size_t size = rounded(wanted);
    int64_t now = live.fetch_add(int64_t(size)) + int64_t(size);
    if (now > limit.load()) {
        live.fetch_sub(int64_t(size));
        throw OutOfMemory{wanted, now - int64_t(size), limit.load()};
    }
    int64_t before = peak.load();
    while (now > before && !peak.compare_exchange_weak(before, now)) {
    }
    void *found = nullptr;
    if (size >= smallest) {
        std::lock_guard<std::mutex> guard(lock);
        auto entry = freeBlocks.find(size);
        if (entry != freeBlocks.end() && !entry->second.empty()) {
            found = entry->second.back();
            entry->second.pop_back();
            cached -= int64_t(size);
        } else if (now + cached > limit.load()) {
            dropCache();
        }
    }
    if (found == nullptr && posix_memalign(&found, alignment, size + alignment) != 0) {
        live.fetch_sub(int64_t(size));
        throw OutOfMemory{wanted, now - int64_t(size), limit.load()};
    }
    *static_cast<size_t *>(found) = size;
    return data(found);
}

void give(void *address) {
    if (address == nullptr) return;
    void *start = block(address);
    size_t size = *static_cast<size_t *>(start);
    live.fetch_sub(int64_t(size));
    if (size >= smallest) {
        std::lock_guard<std::mutex> guard(lock);
        if (cached + int64_t(size) <= cacheLimit) {
            freeBlocks[size].push_back(start);
            cached += int64_t(size);
            return;
        }
    }
    std::free(start);
}

struct CountingAllocator final : c10::Allocator {
    c10::DataPtr allocate(size_t size) const override {
        if (size == 0) return {nullptr, nullptr, &give, c10::Device(c10::DeviceType::CPU)};
        if (size > size_t(std::numeric_limits<int64_t>::max() / 2)) throw OutOfMemory{size, live.load(), limit.load()};
        void *address = take(size);
        return {address, address, &give, c10::Device(c10::DeviceType::CPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &give; }
};

}  // namespace

void installAllocator() {
    static CountingAllocator allocator;
    c10::SetCPUAllocator(&allocator, 100);
}

void setMemoryLimit(int64_t bytes) { limit.store(bytes > 0 ? bytes : std::numeric_limits<int64_t>::max()); }

void releaseCache() {
    std::lock_guard<std::mutex> guard(lock);
    dropCache();
}

void readMemory(int64_t *liveOut, int64_t *peakOut, int64_t *cachedOut, int64_t *limitOut) {
    std::lock_guard<std::mutex> guard(lock);
    *liveOut = live.load();
    *peakOut = peak.load();
    *cachedOut = cached;
    *limitOut = limit.load();
}

}  // namespace cordon
