// BLAKE2b (RFC 7693) from libsodium, behind untyped pointers: Swift does not import the packed state.
#pragma once
#include <sodium/crypto_generichash_blake2b.h>

static inline size_t cordon_blake2b_state_size(void) { return sizeof(crypto_generichash_blake2b_state); }

static inline void cordon_blake2b_begin(void *state) {
    crypto_generichash_blake2b_init((crypto_generichash_blake2b_state *)state, NULL, 0, 64);
}

static inline void cordon_blake2b_update(void *state, const void *bytes, size_t count) {
    crypto_generichash_blake2b_update((crypto_generichash_blake2b_state *)state, (const unsigned char *)bytes, count);
}

static inline void cordon_blake2b_end(void *state, unsigned char *digest) {
    crypto_generichash_blake2b_final((crypto_generichash_blake2b_state *)state, digest, 64);
}
