#define _GNU_SOURCE
#include "CAttack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long execute(void) {
    // A program that isn't there: the kernel has let us try when it looked for it.
    char *arguments[] = {"none", NULL};
    long result = syscall(SYS_execve, "/nonexistent", arguments, arguments);
    return result < 0 && (errno == ENOENT || errno == EACCES) ? 0 : result;
}

static long fork_child(void) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}

static long read_memory(int target) {
    // At the same address in the target, of which this process is a fork.
    static char there = 1;
    char here = 0;
    struct iovec to = {&here, 1}, from = {&there, 1};
    return process_vm_readv(target, &to, 1, &from, 1, 0);
}

static long connect_somewhere(void) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) return -1;
    close(descriptor);
    return 0;
}

static long socket_pair(void) {
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long executable_memory(void) {
    void *place = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? -1 : 0;
}

static long executable_page(void) {
    static char page[8192] __attribute__((aligned(4096)));
    return mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static long io_uring(void) {
    // A ring of no entries is refused as invalid by a kernel that would give one.
    long result = syscall(SYS_io_uring_setup, 0, NULL);
    return result < 0 && (errno == EINVAL || errno == EFAULT) ? 0 : result;
}

static long bpf(void) {
    char attributes[128];
    memset(attributes, 0, sizeof attributes);
    // A command that there isn't.
    long result = syscall(SYS_bpf, 9999, attributes, sizeof attributes);
    return result < 0 && errno == EINVAL ? 0 : result;
}

static long device(void) { return mknodat(AT_FDCWD, "attack-fifo", S_IFIFO | 0600, 0); }

static long socket_program(int socket) {
    struct sock_filter step = BPF_STMT(BPF_RET | BPF_K, ~0U);
    struct sock_fprog program = {.len = 1, .filter = &step};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static long landlock_rules(void) {
    struct landlock_ruleset_attr attributes = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};
    return syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
}

// Of rules that there aren't: the kernel has let us try when it looked for them.
static long looked_for(long result) { return result < 0 && errno == EBADF ? 0 : result; }

static long landlock_rule(void) {
    struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_EXECUTE, .parent_fd = -1};
    return looked_for(syscall(SYS_landlock_add_rule, -1, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0));
}

static long filter(void) {
    struct sock_filter step = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &step};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long make(enum cattack_attempt attempt, int target) {
    switch (attempt) {
    case CATTACK_EXECUTE: return execute();
    case CATTACK_FORK: return fork_child();
    case CATTACK_SIGNAL: return syscall(SYS_kill, target, 0);
    case CATTACK_TRACE: return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
    case CATTACK_READ_MEMORY: return read_memory(target);
    case CATTACK_CONNECT: return connect_somewhere();
    case CATTACK_SOCKET_PAIR: return socket_pair();
    case CATTACK_NAMESPACE: return unshare(CLONE_NEWNS);
    case CATTACK_EXECUTABLE_MEMORY: return executable_memory();
    case CATTACK_EXECUTABLE_PAGE: return executable_page();
    case CATTACK_IO_URING: return io_uring();
    case CATTACK_BPF: return bpf();
    case CATTACK_DEVICE: return device();
    case CATTACK_SIGNAL_BY_FCNTL: return fcntl(STDIN_FILENO, F_SETOWN, target);
    case CATTACK_SOCKET_PROGRAM: return socket_program(target);
    case CATTACK_OUTLIVE: return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    case CATTACK_CHANGE_PROCESS: return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    case CATTACK_LANDLOCK_RULES: return landlock_rules();
    case CATTACK_LANDLOCK_RULE: return landlock_rule();
    case CATTACK_LANDLOCK: return looked_for(syscall(SYS_landlock_restrict_self, -1, 0));
    case CATTACK_FILTER: return filter();
    }
    errno = EINVAL;
    return -1;
}

int cattack_try(enum cattack_attempt attempt, int target) {
    errno = 0;
    return make(attempt, target) < 0 ? errno : 0;
}

static long path_call(int call, int directory, int other) {
    // Nothing is there: what is asked is whether the kernel looks.
    static const char path[] = "nothing/here";
    static struct open_how how = {.flags = O_PATH};
    static char buffer[512];
    switch (call) {
    case 0: return syscall(SYS_openat, directory, path, O_PATH, 0);
    case 1: return syscall(SYS_openat2, directory, path, &how, sizeof how);
    case 2: return syscall(SYS_newfstatat, directory, path, buffer, 0);
    case 3: return syscall(SYS_statx, directory, path, 0, 0, buffer);
    case 4: return syscall(SYS_fchmodat, directory, path, 0600);
    case 5: return syscall(SYS_fchownat, directory, path, -1, -1, 0);
    case 6: return syscall(SYS_utimensat, directory, path, NULL, 0);
    case 7: return syscall(SYS_mkdirat, directory, path, 0700);
    case 8: return syscall(SYS_unlinkat, directory, path, 0);
    case 9: return syscall(SYS_readlinkat, directory, path, buffer, sizeof buffer);
    case 10: return syscall(SYS_faccessat, directory, path, F_OK);
    case 11: return syscall(SYS_faccessat2, directory, path, F_OK, 0);
    case 12: return syscall(SYS_symlinkat, "x", directory, path);
    case 13: return syscall(SYS_renameat2, directory, path, other, path, 0);
    case 14: return syscall(SYS_linkat, directory, path, other, path, 0);
    case 15: return syscall(452 /* fchmodat2 */, directory, path, 0600, 0);
    default: errno = EINVAL; return -1;
    }
}

int cattack_path_calls(void) { return 16; }

int cattack_try_path(int call, int directory, int home, int second) {
    errno = 0;
    if (path_call(call, second ? home : directory, second ? directory : home) >= 0) return 0;
    return errno == ENOENT || errno == ENOSYS ? 0 : errno;
}

int cattack_mount_proc(const char *place) {
    if (unshare(CLONE_NEWNS) != 0) return -1;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
    return mount("proc", place, "proc", 0, NULL);
}

int cattack_exchange(const char *one, const char *other) {
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}
