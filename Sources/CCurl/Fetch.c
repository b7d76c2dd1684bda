#define _GNU_SOURCE
#include "CCurl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

// The header's type-checking macros name functions that are not linked.
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_perform)(CURL *);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
} api;
static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    struct { const char *name; void **place; } symbols[] = {
        {"curl_global_init", (void **)&api.global_init}, {"curl_easy_init", (void **)&api.easy_init},
        {"curl_easy_setopt", (void **)&api.easy_setopt}, {"curl_easy_getinfo", (void **)&api.easy_getinfo},
        {"curl_easy_perform", (void **)&api.easy_perform}, {"curl_easy_cleanup", (void **)&api.easy_cleanup},
        {"curl_easy_strerror", (void **)&api.easy_strerror}, {"curl_slist_append", (void **)&api.slist_append},
        {"curl_slist_free_all", (void **)&api.slist_free_all},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (!(*symbols[i].place = dlsym(library, symbols[i].name))) return;
    is_loaded = api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool cordon_fetch_available(void) {
    pthread_once(&once, load);
    return is_loaded;
}

struct transfer {
    const struct cordon_request *request;
    struct cordon_response *response;
    cordon_body_sink sink;
    void *context;
};

static bool is_private4(unsigned address) {
    unsigned a = address >> 24, b = address >> 16 & 255;
    return a == 0 || a == 10 || a == 127 || (a == 100 && b >= 64 && b < 128) || (a == 169 && b == 254) ||
        (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) || (a == 192 && b == 0) || (a == 198 && (b == 18 || b == 19)) ||
        a >= 224;
}

/// Addresses that are not of the public Internet (RFC 6890).
static bool is_private(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) return is_private4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family != AF_INET6) return true;
    const unsigned char *b = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
    static const unsigned char zeros[12];
    bool mapped = memcmp(b, zeros, 10) == 0 && b[10] == 0xff && b[11] == 0xff;
    bool translated = b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b;
    if (mapped || translated) return is_private4((unsigned)b[12] << 24 | (unsigned)b[13] << 16 | (unsigned)b[14] << 8 | b[15]);
    if (b[0] == 0x20 && b[1] == 0x02) return is_private4((unsigned)b[2] << 24 | (unsigned)b[3] << 16 | (unsigned)b[4] << 8 | b[5]);
    return memcmp(b, zeros, 12) == 0 || (b[0] & 0xfe) == 0xfc || b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0x80) == 0x80);
}

/// Every connection, also one of a redirection, is looked at where the address is known: no name can change meanwhile.
static curl_socket_t open_socket(void *pointer, curlsocktype purpose, struct curl_sockaddr *address) {
    struct transfer *transfer = pointer;
    (void)purpose;
    if (!transfer->request->allows_private_addresses && is_private(&address->addr)) {
        transfer->response->was_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t receive(char *bytes, size_t size, size_t count, void *pointer) {
    struct transfer *transfer = pointer;
    size_t length = size * count;
    transfer->response->byte_count += (long long)length;
    if (transfer->response->byte_count > transfer->request->byte_limit) {
        transfer->response->is_too_large = true;
        return 0;
    }
    if (transfer->sink && !transfer->sink(transfer->context, bytes, length)) return 0;
    return length;
}

/// Whether the name system says that a host does not exist, rather than giving no answer.
static bool is_unknown(CURLcode (*info)(CURL *, CURLINFO, ...), CURL *easy, const char *url) {
    char *effective = NULL;
    if (info(easy, CURLINFO_EFFECTIVE_URL, &effective) != CURLE_OK || !effective) effective = (char *)url;
    const char *start = strstr(effective, "://");
    if (!start) return false;
    start += 3;
    size_t length = strcspn(start, "/?#");
    const char *at = memchr(start, '@', length);
    if (at) {
        length -= (size_t)(at + 1 - start);
        start = at + 1;
    }
    length = strcspn(start, ":/?#") < length ? strcspn(start, ":/?#") : length;
    char host[256];
    if (length == 0 || length >= sizeof host) return false;
    memcpy(host, start, length);
    host[length] = 0;
    struct addrinfo *found = NULL;
    int answer = getaddrinfo(host, NULL, NULL, &found);
    if (found) freeaddrinfo(found);
    return answer == EAI_NONAME;
}

void cordon_fetch(const struct cordon_request *request, cordon_body_sink sink, void *context, struct cordon_response *response) {
    memset(response, 0, sizeof *response);
    CURL *easy = cordon_fetch_available() ? api.easy_init() : NULL;
    if (!easy) {
        strcpy(response->problem, "libcurl is missing");
        return;
    }
    struct transfer transfer = {request, response, sink, context};
    struct curl_slist *headers = NULL;
    api.easy_setopt(easy, CURLOPT_URL, request->url);
    api.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    api.easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    api.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    api.easy_setopt(easy, CURLOPT_MAXREDIRS, request->redirect_limit);
    api.easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_milliseconds);
    api.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->timeout_milliseconds / 3 + 1);
    api.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    api.easy_setopt(easy, CURLOPT_PROXY, "");
    api.easy_setopt(easy, CURLOPT_USERAGENT, "cordon");
    api.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    api.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
    api.easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    api.easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    if (request->body) {
        api.easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        api.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        if (request->content_type) headers = api.slist_append(headers, request->content_type);
        api.easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    }
    CURLcode code = api.easy_perform(easy);
    if (code == CURLE_COULDNT_RESOLVE_HOST) response->name_is_gone = is_unknown(api.easy_getinfo, easy, request->url);
    if (code != CURLE_OK) strncpy(response->problem, api.easy_strerror(code), sizeof response->problem - 1);
    api.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status);
    api.easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &response->redirects);
    char *effective = NULL;
    if (api.easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &effective) == CURLE_OK && effective)
        strncpy(response->effective_url, effective, sizeof response->effective_url - 1);
    api.easy_cleanup(easy);
    if (headers) api.slist_free_all(headers);
}
