// What the operating system offers and Swift does not import: a guard for mapped files, memmem, mkostemp.
#pragma once
#include <stddef.h>
#include <stdbool.h>

/// Marks the current thread as reading `length` mapped bytes at `base`. One region at a time per thread.
///
/// While a region is guarded, touching a page beyond the end of the shrunken file gives zeros instead of SIGBUS.
void cordon_guard_begin(const void *base, size_t length);

/// Ends the region; returns true when a page had to be replaced, that is, when the file changed while it was read.
bool cordon_guard_end(void);

/// The first occurrence of `needle` in `haystack`, or null (GNU `memmem`).
const void *cordon_find(const void *haystack, size_t length, const void *needle, size_t needle_length);

/// Creates a temporary file from a template that ends in XXXXXX, closed on exec; -1 and errno on failure.
int cordon_temporary_file(char *template_path);

/// CPU time of the calling thread in nanoseconds.
long long cordon_thread_cpu_nanoseconds(void);
