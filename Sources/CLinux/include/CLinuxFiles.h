#pragma once
// File system calls and constants that Swift's Glibc module lacks: variadic syscall(2), and everything that glibc's
// headers show only with _GNU_SOURCE. Every function returns what the kernel returns: -1 and errno on failure.
#include <stddef.h>
#include <stdint.h>

/// openat2(2), Linux 5.6: glibc has no wrapper.
int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
/// Opens `..` of a directory with O_PATH.
int clinux_open_parent(int directory);
/// renameat2(2).
int clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
/// fchmodat2(2), Linux 6.6: glibc's fchmodat emulates AT_EMPTY_PATH through /proc, which a chroot does not have.
int clinux_fchmodat2(int directory, const char *path, unsigned mode, int flags);
/// getdents64(2).
long clinux_getdents64(int directory, void *buffer, size_t size);
/// copy_file_range(2) between two offsets; the descriptors' own offsets stay where they are.
long clinux_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t count);
/// syncfs(2).
int clinux_syncfs(int descriptor);

extern const uint64_t clinux_O_PATH;
extern const uint64_t clinux_RESOLVE_IN_ROOT;
extern const uint64_t clinux_RESOLVE_NO_MAGICLINKS;
extern const uint64_t clinux_RESOLVE_NO_SYMLINKS;
extern const int clinux_AT_EMPTY_PATH;
extern const unsigned int clinux_RENAME_NOREPLACE;
