#define _GNU_SOURCE
#include "CLinuxFiles.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Debian 12's kernel headers (6.1) are older than the call.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = flags;
    how.mode = mode;
    how.resolve = resolve;
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int clinux_open_parent(int directory) { return openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC); }

int clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags) {
    return renameat2(from_directory, from, to_directory, to, flags);
}

int clinux_fchmodat2(int directory, const char *path, unsigned mode, int flags) {
    return (int)syscall(SYS_fchmodat2, directory, path, mode, flags);
}

long clinux_getdents64(int directory, void *buffer, size_t size) {
    return getdents64(directory, buffer, size);
}

long clinux_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t count) {
    off64_t from_position = from_offset, to_position = to_offset;
    return copy_file_range(from, &from_position, to, &to_position, count, 0);
}

int clinux_syncfs(int descriptor) {
    return syncfs(descriptor);
}

const uint64_t clinux_O_PATH = O_PATH;
const uint64_t clinux_RESOLVE_IN_ROOT = RESOLVE_IN_ROOT;
const uint64_t clinux_RESOLVE_NO_MAGICLINKS = RESOLVE_NO_MAGICLINKS;
const uint64_t clinux_RESOLVE_NO_SYMLINKS = RESOLVE_NO_SYMLINKS;
const int clinux_AT_EMPTY_PATH = AT_EMPTY_PATH;
const unsigned int clinux_RENAME_NOREPLACE = RENAME_NOREPLACE;
