#define _GNU_SOURCE
#include <string.h>
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int cordon_copy(int source, int target) {
    if (ioctl(target, FICLONE, source) == 0) return 0;
    static const size_t most = 1 << 30;
    ssize_t count;
    while ((count = copy_file_range(source, NULL, target, NULL, most, 0)) > 0) continue;
    if (count == 0) return 0;
    if (errno == ENOSPC || errno == EIO || errno == EDQUOT) return -1;
    // File systems between which the kernel does not copy by itself.
    if (lseek(source, 0, SEEK_SET) != 0 || ftruncate(target, 0) != 0 || lseek(target, 0, SEEK_SET) != 0) return -1;
    char buffer[1 << 16];
    while ((count = read(source, buffer, sizeof buffer)) != 0) {
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        ssize_t written = write(target, buffer, (size_t)count);
        if (written != count) {
            if (written >= 0) errno = ENOSPC;
            return -1;
        }
    }
    return 0;
}

/// Writes once; a reader that is gone raises no signal. An event is far smaller than a pipe's buffer, so this does not
/// wait for the command either.
static void write_quietly(int descriptor, const void *bytes, size_t length) {
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    if (write(descriptor, bytes, length) < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
        struct timespec now = {0, 0};
        sigtimedwait(&pipe_signal, NULL, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int cordon_run_shell(const char *command, const void *input, size_t length) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    char *words[] = {"sh", "-c", (char *)command, NULL};
    pid_t process;
    int failure = posix_spawn(&process, "/bin/sh", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (failure == 0) write_quietly(ends[1], input, length);
    close(ends[1]);
    if (failure != 0) return -1;
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void cordon_log(bool is_alert, const char *text) {
    static bool is_open;
    if (!is_open) openlog("cordon", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
    is_open = true;
    syslog(is_alert ? LOG_ALERT : LOG_INFO, "%s", text);
}

int cordon_run_program(char *const *arguments, char *const *environment, const char *input, size_t limit, unsigned char **output, size_t *length) {
    *output = NULL;
    *length = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    pid_t process;
    int failure = posix_spawnp(&process, arguments[0], &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        errno = failure;
        return -1;
    }
    size_t room = 0;
    bool is_too_long = false;
    for (;;) {
        if (*length == room) {
            room = room ? room * 2 : 1 << 16;
            unsigned char *more = room > limit * 2 ? NULL : realloc(*output, room);
            if (!more) {
                is_too_long = true;
                kill(process, SIGKILL);
                break;
            }
            *output = more;
        }
        ssize_t count = read(ends[0], *output + *length, room - *length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        *length += (size_t)count;
    }
    close(ends[0]);
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return !is_too_long && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int cordon_run_foreground(char *const *arguments, const char *folder) {
    // The command gets the interrupt; this process waits for it to end.
    struct sigaction ignore, interrupt, quit;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawnattr_init(&attributes);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    int failure = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    int status = 0, result = 127;
    if (failure == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return result;
}
