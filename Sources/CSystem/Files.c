#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int cordon_open_beneath(int folder, const char *path, int flags, bool inside_links) {
    struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (inside_links ? 0 : RESOLVE_NO_SYMLINKS),
    };
    int descriptor;
    do {
        descriptor = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    } while (descriptor < 0 && (errno == EINTR || errno == EAGAIN));
    return descriptor;
}

int cordon_rename(const char *old_path, const char *new_path, bool exchange) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, old_path, AT_FDCWD, new_path, exchange ? 2u : 0u);
}

int cordon_permission_group(void) {
    return fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
}

int cordon_permission_mark(int group, int folder) {
    return fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, folder, NULL);
}

int cordon_permission_next(int group, int *descriptor, int *process) {
    struct fanotify_event_metadata event;
    ssize_t count = read(group, &event, sizeof event);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    if (count < (ssize_t)sizeof event || event.vers != FANOTIFY_METADATA_VERSION) {
        errno = EPROTO;
        return -1;
    }
    *descriptor = event.fd;
    *process = event.pid;
    return 1;
}

void cordon_permission_answer(int group, int descriptor, bool allow) {
    struct fanotify_response response = {.fd = descriptor, .response = allow ? FAN_ALLOW : FAN_DENY};
    ssize_t count;
    do {
        count = write(group, &response, sizeof response);
    } while (count < 0 && errno == EINTR);
    close(descriptor);
}

int cordon_verity_enable(int descriptor) {
    struct fsverity_enable_arg argument = {
        .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096};
    return ioctl(descriptor, FS_IOC_ENABLE_VERITY, &argument);
}

void cordon_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

int cordon_status_at(int folder, const char *path, bool follow, struct cordon_status *status) {
    struct stat info;
    int flags = (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (*path ? 0 : AT_EMPTY_PATH);
    if (fstatat(folder, path, &info, flags) != 0) return -1;
    status->device = info.st_dev;
    status->inode = info.st_ino;
    status->size = info.st_size;
    status->changed = (long long)((unsigned long long)info.st_ctim.tv_sec * 1000000000ULL + (unsigned long long)info.st_ctim.tv_nsec);
    status->modified = (long long)((unsigned long long)info.st_mtim.tv_sec * 1000000000ULL + (unsigned long long)info.st_mtim.tv_nsec);
    status->mode = info.st_mode;
    status->owner = info.st_uid;
    return 0;
}

enum cordon_lease cordon_read_lease(int descriptor) {
    // Whoever opens the file for writing meanwhile breaks the lease with a signal that is ignored by default.
    if (fcntl(descriptor, F_SETSIG, SIGURG) != 0) return cordon_lease_unknown;
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0)
        return errno == EAGAIN || errno == EBUSY ? cordon_lease_shared : cordon_lease_unknown;
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return cordon_lease_alone;
}
