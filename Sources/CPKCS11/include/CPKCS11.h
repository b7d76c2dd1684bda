// Signing with a key that stays in a token (PKCS #11 2.40): open, read the public key, sign, close.
#pragma once
#include <stddef.h>

/// A session with a token in which a key was found.
struct cordon_token;

/// Which key: any field may be null or zero, but one of `id` and `label` is needed.
struct cordon_token_query {
    const char *module;
    const char *token;
    const char *serial;
    long slot;  // -1 when not given
    const unsigned char *id;
    size_t id_length;
    const char *label;
    const unsigned char *pin;
    size_t pin_length;
};

/// Opens the token; null on failure, when `step` says what was tried and `code` is the token's answer (CK_RV).
struct cordon_token *cordon_token_open(const struct cordon_token_query *query, const char **step, unsigned long *code);

/// The key's curve (DER of the named curve) and point (04 ‖ x ‖ y); lengths in and out. Returns CK_RV.
unsigned long cordon_token_public_key(
    struct cordon_token *token, unsigned char *curve, size_t *curve_length, unsigned char *point, size_t *point_length);

/// An ECDSA signature r ‖ s over a digest; length in and out. Returns CK_RV.
unsigned long cordon_token_sign(
    struct cordon_token *token, const unsigned char *digest, size_t digest_length, unsigned char *signature,
    size_t *signature_length);

/// Ends the session and forgets the key.
void cordon_token_close(struct cordon_token *token);
