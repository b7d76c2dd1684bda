#include "CPKCS11.h"

#include <dlfcn.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cordon_token {
    void *library;
    CK_FUNCTION_LIST *functions;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE private_key, public_key;
    bool is_initialised, has_session;
};

/// Fields of a token's description are padded with spaces, not terminated.
static bool is_padded(const unsigned char *field, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length > size || memcmp(field, text, length) != 0) return false;
    for (size_t i = length; i < size; i++)
        if (field[i] != ' ' && field[i] != 0) return false;
    return true;
}

static CK_RV find_slot(CK_FUNCTION_LIST *f, const struct cordon_token_query *query, CK_SLOT_ID *found) {
    CK_SLOT_ID slots[256];
    CK_ULONG count = sizeof slots / sizeof *slots;
    CK_RV rv = f->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) return rv;
    CK_ULONG matches = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (f->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
        if (!(info.flags & CKF_TOKEN_INITIALIZED)) continue;
        if (query->slot >= 0 && slots[i] != (CK_SLOT_ID)query->slot) continue;
        if (query->token && !is_padded(info.label, sizeof info.label, query->token)) continue;
        if (query->serial && !is_padded(info.serialNumber, sizeof info.serialNumber, query->serial)) continue;
        *found = slots[i];
        matches++;
    }
    // A token that is not named must be the only one.
    return matches == 1 ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
}

static CK_RV find_key(struct cordon_token *token, const struct cordon_token_query *query, CK_OBJECT_CLASS kind, CK_OBJECT_HANDLE *found) {
    CK_ATTRIBUTE pattern[3] = {{CKA_CLASS, &kind, sizeof kind}};
    CK_ULONG count = 1;
    if (query->id_length) pattern[count++] = (CK_ATTRIBUTE){CKA_ID, (void *)query->id, query->id_length};
    if (query->label) pattern[count++] = (CK_ATTRIBUTE){CKA_LABEL, (void *)query->label, strlen(query->label)};
    CK_FUNCTION_LIST *f = token->functions;
    CK_RV rv = f->C_FindObjectsInit(token->session, pattern, count);
    if (rv != CKR_OK) return rv;
    CK_OBJECT_HANDLE handles[2];
    CK_ULONG matches = 0;
    rv = f->C_FindObjects(token->session, handles, 2, &matches);
    f->C_FindObjectsFinal(token->session);
    if (rv != CKR_OK) return rv;
    if (matches != 1) return CKR_KEY_HANDLE_INVALID;
    *found = handles[0];
    return CKR_OK;
}

struct cordon_token *cordon_token_open(const struct cordon_token_query *query, const char **step, unsigned long *code) {
    struct cordon_token *token = calloc(1, sizeof *token);
    *code = CKR_HOST_MEMORY;
    *step = "allocating";
    if (!token) return NULL;
    *step = "loading the module";
    *code = CKR_GENERAL_ERROR;
    token->library = dlopen(query->module, RTLD_NOW | RTLD_LOCAL);
    if (!token->library) goto failed;
    CK_C_GetFunctionList list = (CK_C_GetFunctionList)dlsym(token->library, "C_GetFunctionList");
    if (!list || list(&token->functions) != CKR_OK || !token->functions) goto failed;
    CK_FUNCTION_LIST *f = token->functions;
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    *step = "initialising the module";
    *code = f->C_Initialize(&arguments);
    if (*code != CKR_OK && *code != CKR_CRYPTOKI_ALREADY_INITIALIZED) goto failed;
    token->is_initialised = *code == CKR_OK;
    *step = "finding the token";
    CK_SLOT_ID slot = 0;
    *code = find_slot(f, query, &slot);
    if (*code != CKR_OK) goto failed;
    *step = "opening a session";
    *code = f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session);
    if (*code != CKR_OK) goto failed;
    token->has_session = true;
    if (query->pin) {
        *step = "logging in";
        *code = f->C_Login(token->session, CKU_USER, (unsigned char *)query->pin, query->pin_length);
        if (*code != CKR_OK && *code != CKR_USER_ALREADY_LOGGED_IN) goto failed;
    }
    *step = "finding the private key";
    *code = find_key(token, query, CKO_PRIVATE_KEY, &token->private_key);
    if (*code != CKR_OK) goto failed;
    *step = "finding the public key";
    *code = find_key(token, query, CKO_PUBLIC_KEY, &token->public_key);
    if (*code != CKR_OK) goto failed;
    return token;
failed:
    cordon_token_close(token);
    return NULL;
}

unsigned long cordon_token_public_key(struct cordon_token *token, unsigned char *curve, size_t *curve_length, unsigned char *point, size_t *point_length) {
    CK_ATTRIBUTE wanted[2] = {{CKA_EC_PARAMS, curve, *curve_length}, {CKA_EC_POINT, point, *point_length}};
    CK_RV rv = token->functions->C_GetAttributeValue(token->session, token->public_key, wanted, 2);
    if (rv != CKR_OK) return rv;
    *curve_length = wanted[0].ulValueLen;
    *point_length = wanted[1].ulValueLen;
    return CKR_OK;
}

unsigned long cordon_token_sign(struct cordon_token *token, const unsigned char *digest, size_t digest_length, unsigned char *signature, size_t *signature_length) {
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_RV rv = token->functions->C_SignInit(token->session, &mechanism, token->private_key);
    if (rv != CKR_OK) return rv;
    CK_ULONG length = *signature_length;
    rv = token->functions->C_Sign(token->session, (unsigned char *)digest, digest_length, signature, &length);
    *signature_length = length;
    return rv;
}

void cordon_token_close(struct cordon_token *token) {
    if (!token) return;
    if (token->has_session) token->functions->C_CloseSession(token->session);
    if (token->is_initialised) token->functions->C_Finalize(NULL);
    if (token->library) dlclose(token->library);
    free(token);
}
