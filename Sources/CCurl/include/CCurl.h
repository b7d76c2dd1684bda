// One HTTP request through libcurl, which is loaded when the first one is made.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// What to ask.
struct cordon_request {
    const char *url;
    const char *body;  // null: GET
    size_t body_length;
    const char *content_type;
    long timeout_milliseconds;
    long long byte_limit;
    long redirect_limit;
    bool allows_private_addresses;
};

/// What came back.
struct cordon_response {
    long status;
    long redirects;
    long long byte_count;
    bool is_too_large;
    bool was_private;
    bool name_is_gone;  // the name system answered that there is no such host
    char effective_url[2048];
    char problem[256];  // empty when the transfer ended
};

/// Takes a piece of the body; false ends the transfer.
typedef bool (*cordon_body_sink)(void *context, const void *bytes, size_t count);

/// Loads libcurl; false when there is none.
bool cordon_fetch_available(void);

/// Makes a request; may be called from several threads.
void cordon_fetch(const struct cordon_request *request, cordon_body_sink sink, void *context, struct cordon_response *response);
