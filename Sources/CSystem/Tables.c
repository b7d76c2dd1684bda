#include "CSystem.h"

#include <stdint.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

/// Bits of the bytes in a block of 64 that equal a value.
#if defined(__x86_64__)
static inline uint64_t equal(const unsigned char *block, unsigned char value) {
    const __m128i wanted = _mm_set1_epi8((char)value);
    uint64_t bits = 0;
    for (int part = 0; part < 4; part++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(block + 16 * part));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * part);
    }
    return bits;
}
#else
static inline uint64_t equal(const unsigned char *block, unsigned char value) {
    uint64_t bits = 0;
    for (int index = 0; index < 64; index++) bits |= (uint64_t)(block[index] == value) << index;
    return bits;
}
#endif

/// For each bit, whether the number of ones up to it is odd.
static inline uint64_t parity(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

long cordon_table_marks(const unsigned char *bytes, size_t count, unsigned char separator, uint32_t *marks, size_t capacity) {
    uint64_t inside = 0;
    size_t found = 0;
    unsigned char tail[64];
    for (size_t start = 0; start < count; start += 64) {
        const unsigned char *block = bytes + start;
        size_t length = count - start < 64 ? count - start : 64;
        if (length < 64) {
            for (size_t index = 0; index < 64; index++) tail[index] = index < length ? block[index] : 0;
            block = tail;
        }
        uint64_t quotes = equal(block, '"');
        uint64_t ends = equal(block, separator) | equal(block, '\n');
        if (quotes != 0 || inside != 0) {
            uint64_t quoted = parity(quotes) ^ inside;
            // A quote that opens must stand at the start of a field, or close a pair that stands for one quote.
            uint64_t opening = quotes & quoted;
            while (opening != 0) {
                size_t at = start + (size_t)__builtin_ctzll(opening);
                opening &= opening - 1;
                if (at > 0 && bytes[at - 1] != separator && bytes[at - 1] != '\n' && bytes[at - 1] != '"') return -1;
            }
            ends &= ~quoted;
            inside = (uint64_t)((int64_t)quoted >> 63);
        }
        if (found + 64 > capacity) return -2;
        while (ends != 0) {
            marks[found++] = (uint32_t)(start + (size_t)__builtin_ctzll(ends));
            ends &= ends - 1;
        }
    }
    return (long)found;
}

long cordon_table_marks_slowly(const unsigned char *bytes, size_t count, unsigned char separator, uint32_t *marks,
                               size_t capacity) {
    size_t found = 0;
    bool isQuoted = false, isStart = true;
    for (size_t index = 0; index < count; index++) {
        unsigned char byte = bytes[index];
        if (isQuoted) {
            if (byte == '"') {
                if (index + 1 < count && bytes[index + 1] == '"') {
                    index++;
                } else {
                    isQuoted = false;
                }
            }
            continue;
        }
        if (byte == '"' && isStart) {
            isQuoted = true;
            isStart = false;
        } else if (byte == separator || byte == '\n') {
            if (found == capacity) return -2;
            marks[found++] = (uint32_t)index;
            isStart = true;
        } else {
            isStart = false;
        }
    }
    return (long)found;
}
