#define _GNU_SOURCE
#include "CSystem.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Thread_local uintptr_t guarded_base;
static _Thread_local size_t guarded_length;
static _Thread_local volatile sig_atomic_t guarded_torn;

static struct sigaction previous;
static uintptr_t page_mask;

// Async-signal-safe: reads thread-local words and calls mmap, sigaction and raise only.
static void on_bus_error(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (guarded_length != 0 && address >= guarded_base && address - guarded_base < guarded_length) {
        void *page = (void *)(address & page_mask);
        size_t page_size = (size_t)(~page_mask) + 1;
        void *fresh = mmap(page, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (fresh != MAP_FAILED) {
            guarded_torn = 1;
            return;
        }
    }
    sigaction(SIGBUS, &previous, NULL);
    raise(signal_number);
}

static void install(void) {
    page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
}

void cordon_guard_begin(const void *base, size_t length) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    guarded_torn = 0;
    guarded_base = (uintptr_t)base;
    guarded_length = length;
}

bool cordon_guard_end(void) {
    guarded_length = 0;
    return guarded_torn != 0;
}
