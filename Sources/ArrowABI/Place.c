#define _GNU_SOURCE
#include "ArrowABI.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool cordon_arrow_program_folder(char *path, size_t capacity) {
    char whole[PATH_MAX];
    if (realpath("/proc/self/exe", whole) == NULL) return false;
    // Inside a library the library's folder counts, not the program's.
    Dl_info info;
    char library[PATH_MAX];
    if (dladdr((void *)cordon_arrow_program_folder, &info) != 0 && info.dli_fname != NULL &&
        realpath(info.dli_fname, library) != NULL && strstr(library, ".so") != NULL) {
        strcpy(whole, library);
    }
    char *slash = strrchr(whole, '/');
    if (slash == NULL || (size_t)(slash - whole) >= capacity) return false;
    memcpy(path, whole, (size_t)(slash - whole));
    path[slash - whole] = 0;
    return true;
}
