#pragma once
#include <cstddef>
#include <cstdint>

namespace cordon {

/// Installs the allocator below all tensors. Called once.
void installAllocator();
void setMemoryLimit(int64_t bytes);
void releaseCache();
void readMemory(int64_t *live, int64_t *peak, int64_t *cached, int64_t *limit);

/// Thrown, and turned into an error, when tensors want more than the limit.
struct OutOfMemory {
    size_t wanted;
    int64_t live;
    int64_t limit;
};

}  // namespace cordon
