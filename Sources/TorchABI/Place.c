#define _GNU_SOURCE
#include "TorchABI.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool cordon_program_folder(char *path, size_t capacity) {
    Dl_info info;
    char whole[PATH_MAX];
    if (dladdr((void *)cordon_program_folder, &info) == 0 || info.dli_fname == NULL) return false;
    // A static program has only the name that it was started by.
    if (realpath("/proc/self/exe", whole) == NULL) return false;
    char library[PATH_MAX];
    if (realpath(info.dli_fname, library) != NULL && strstr(library, ".so") != NULL) strcpy(whole, library);
    char *slash = strrchr(whole, '/');
    if (slash == NULL || (size_t)(slash - whole) >= capacity) return false;
    memcpy(path, whole, (size_t)(slash - whole));
    path[slash - whole] = 0;
    return true;
}

bool cordon_has_avx512(void) {
#if defined(__x86_64__)
    // Asked of the processor itself: the compiler's own table needs a run-time library that Swift's linker leaves out.
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const unsigned wanted = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((b & wanted) != wanted) return false;
    // The system must save the wide registers too (XCR0: SSE, AVX, and the three parts of AVX-512).
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_OSXSAVE) == 0) return false;
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 0xE6) == 0xE6;
#else
    return false;
#endif
}
