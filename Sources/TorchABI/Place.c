#define _GNU_SOURCE
#include "TorchABI.h"

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
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}
