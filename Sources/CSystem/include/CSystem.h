// What the operating system offers and Swift does not import: a guard for mapped files, memmem, mkostemp.
#pragma once
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/// Marks the current thread as reading `length` mapped bytes at `base`. One region at a time per thread.
///
/// While a region is guarded, touching a page beyond the end of the shrunken file gives zeros instead of SIGBUS.
void cordon_guard_begin(const void *base, size_t length);

/// Ends the region; returns true when a page had to be replaced, that is, when the file changed while it was read.
bool cordon_guard_end(void);

/// The first occurrence of `needle` in `haystack`, or null (GNU `memmem`).
const void *cordon_find(const void *haystack, size_t length, const void *needle, size_t needle_length);

/// Hash of three bytes for a map of anchors; letters count as lower case.
uint16_t cordon_anchor_hash(uint8_t first, uint8_t second, uint8_t third);

/// The first offset from `from` on where three bytes have their bit in a map of 65,536 bits; `count` where there is none.
size_t cordon_next_anchor(const uint8_t *bytes, size_t from, size_t count, const uint64_t *map);

/// Gives memory that was freed back to the system (glibc `malloc_trim`).
void cordon_release_memory(void);

/// Creates a temporary file from a template that ends in XXXXXX, closed on exec; -1 and errno on failure.
int cordon_temporary_file(char *template_path);

/// CPU time of the calling thread in nanoseconds.
long long cordon_thread_cpu_nanoseconds(void);

/// Opens a regular path below a folder; no component may be a symbolic link (openat2, Linux 5.6).
///
/// With `inside_links`, links are followed as long as they stay below the folder. -1 and errno on failure: ELOOP for a
/// link, EXDEV for a way out.
int cordon_open_beneath(int folder, const char *path, int flags, bool inside_links);

/// Replaces `new_path` by `old_path`, or with `exchange` swaps them, in one step; -1 and errno on failure.
int cordon_rename(const char *old_path, const char *new_path, bool exchange);

/// A fanotify group that is told of, and may forbid, opening; -1 and errno on failure (privilege is needed).
int cordon_permission_group(void);

/// Asks the group about every opening of what lies directly in a folder.
int cordon_permission_mark(int group, int folder);

/// The next question of a group: the file's descriptor and the process; 0 when there is none, -1 and errno on failure.
int cordon_permission_next(int group, int *descriptor, int *process);

/// Answers a question; closes the descriptor.
void cordon_permission_answer(int group, int descriptor, bool allow);

/// Makes a closed file immutable and measured by the kernel (fs-verity, SHA-256); -1 and errno when it cannot.
int cordon_verity_enable(int descriptor);

/// What a read lease says of a file that is open for reading (fcntl(2), F_SETLEASE).
enum cordon_lease {
    /// Nobody has it open or mapped for writing, and whoever opens it for writing now changes its times.
    cordon_lease_alone,
    /// Somebody has it open or mapped for writing: content may change while times stay.
    cordon_lease_shared,
    /// The system does not say: another user's file, or a file system without leases.
    cordon_lease_unknown,
};

/// Takes a read lease and gives it back at once.
enum cordon_lease cordon_read_lease(int descriptor);

/// Keeps this process out of core dumps and from being traced by others.
void cordon_forbid_core_dumps(void);

/// What the kernel says of a file; times in nanoseconds since 1970.
struct cordon_status {
    unsigned long long device, inode;
    long long size, changed, modified;
    unsigned mode, owner;
};

/// Status of `path` below a folder, of the folder itself when `path` is empty; -1 and errno on failure.
int cordon_status_at(int folder, const char *path, bool follow, struct cordon_status *status);

/// Copies a whole file, sharing its blocks where the file system can; 0, or -1 and errno.
int cordon_copy(int source, int target);

/// Runs a command with /bin/sh, bytes on its standard input, its output on standard error; the exit status, or -1.
int cordon_run_shell(const char *command, const void *input, size_t length);

/// Runs a program in a folder with this process's terminal and waits for it.
///
/// The exit status; 128 and the signal's number when one ended it; 127 when it cannot be run.
int cordon_run_foreground(char *const *arguments, const char *folder);

/// Writes a line to the system's log as "cordon", facility authorization.
void cordon_log(bool is_alert, const char *text);

/// Runs a program without a shell and keeps what it prints on both outputs; `input` becomes its standard input.
///
/// `output` is allocated and the caller's to free; more than `limit` bytes end the program. The exit status, or -1.
int cordon_run_program(char *const *arguments, char *const *environment, const char *input, size_t limit, unsigned char **output, size_t *length);

#ifdef __cplusplus
extern "C" {
#endif
/// Reads a decimal number that fills the whole text; false for anything else. No locale, no hexadecimal.
bool cordon_read_double(const char *text, size_t count, double *number);
#ifdef __cplusplus
}
#endif

/// Finds where fields end in a block of separated values: places of separators and line feeds outside quotes.
///
/// Returns their number; -1 where a quote opens inside a field (use the slow form, which reads such a quote as a
/// character), -2 where there are more than fit. Keep 64 places more than are expected.
long cordon_table_marks(const unsigned char *bytes, size_t count, unsigned char separator, uint32_t *marks, size_t capacity);

/// The same, byte by byte; quotes count only at the start of a field.
long cordon_table_marks_slowly(const unsigned char *bytes, size_t count, unsigned char separator, uint32_t *marks,
                               size_t capacity);
