#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "seccomp filters are written for x86-64 and AArch64"
#endif

// Newer than the headers of Debian 12.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

// From here on the numbers are the same everywhere, and newer than what a C library can rely on: one that tries such a call
// (clone3, epoll_pwait2, mseal, …) must hear that there is none, and does it the old way.
#define FIRST_OPTIONAL 435

// What sessions do, before and after login.
static const int allowed_calls[] = {
    // The connection, the broker, the log.
    SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_read, SYS_readv, SYS_write, SYS_writev, SYS_close,
    SYS_shutdown, SYS_setsockopt, SYS_getsockopt, SYS_getsockname, SYS_getpeername, SYS_ppoll, SYS_fcntl, SYS_dup,
    SYS_dup3,
    // Memory, time, chance.
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_getrandom, SYS_clock_gettime,
    SYS_clock_getres, SYS_gettimeofday, SYS_setitimer, SYS_clock_nanosleep, SYS_nanosleep, SYS_sched_yield,
    SYS_restart_syscall,
    // What is told about the process itself, and its end.
    SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit, SYS_exit_group,
    // Files beneath the root.
    SYS_openat2, SYS_openat, SYS_newfstatat, SYS_fstat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_lseek, SYS_pread64,
    SYS_pwrite64, SYS_copy_file_range, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_fchmod,
    SYS_fchmodat, SYS_fchmodat2, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_getdents64, SYS_mkdirat, SYS_unlinkat,
    SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_poll
    SYS_poll, SYS_dup2,
#endif
};

// The steps from the state before login into a home; only narrowing.
static const int login_calls[] = {
    SYS_prctl, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_seccomp,
};

// What a doorkeeper does.
static const int doorkeeper_calls[] = {
    SYS_recvmsg, SYS_sendmsg, SYS_ppoll, SYS_fcntl, SYS_fchdir, SYS_chroot, SYS_newfstatat, SYS_fstat, SYS_write,
    SYS_close, SYS_brk, SYS_munmap, SYS_madvise, SYS_futex, SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall,
    SYS_exit_group,
#ifdef SYS_poll
    SYS_poll, SYS_stat,
#endif
};

// What libraries may try without harm: they hear no, and go on.
static const int refused_calls[] = {
    SYS_socket, SYS_ioctl, SYS_uname, SYS_sysinfo, SYS_prlimit64, SYS_getrlimit, SYS_sched_getaffinity, SYS_mprotect,
    SYS_chroot, SYS_fchdir,
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
};

enum { PROGRAM_LIMIT = 160 };

struct program {
    unsigned short length;
    struct sock_filter steps[PROGRAM_LIMIT];
};

static void add(struct program *program, struct sock_filter step) {
    if (program->length < PROGRAM_LIMIT) program->steps[program->length] = step;
    program->length++;
}

static void load(struct program *program, unsigned int offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void answer(struct program *program, unsigned int action) {
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

// Gives `action` for each of the calls, which stand in the accumulator.
static void decide(struct program *program, const int *calls, size_t count, unsigned int action) {
    for (size_t index = 0; index < count; index++) {
        // Equal: jump over what is left of the list and the jump behind it, to the action.
        add(program, (struct sock_filter)BPF_JUMP(
                         BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)calls[index], (unsigned char)(count - index), 0));
    }
    add(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
    answer(program, action);
}

// Memory, but none that code could be put in: everything is loaded by now.
static void decide_memory(struct program *program) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4));
    load(program, offsetof(struct seccomp_data, args[2]));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_KILL_PROCESS);
}

static void begin(struct program *program) {
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
}

static int install(const struct program *program) {
    if (program->length > PROGRAM_LIMIT) {
        errno = E2BIG;
        return -1;
    }
    struct sock_fprog filter = {.len = program->length, .filter = (struct sock_filter *)program->steps};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

int clinux_seccomp_before_login(void) {
    struct program program = {0};
    begin(&program);
    decide(&program, allowed_calls, COUNT(allowed_calls), SECCOMP_RET_ALLOW);
    decide_memory(&program);
    decide(&program, login_calls, COUNT(login_calls), SECCOMP_RET_ALLOW);
    decide(&program, refused_calls, COUNT(refused_calls), REFUSE);
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_OPTIONAL, 0, 1));
    answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
    // A process may end itself: abort(3) sends a signal to its own thread.
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3));
    load(&program, offsetof(struct seccomp_data, args[0]));
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)getpid(), 0, 1));
    answer(&program, SECCOMP_RET_ALLOW);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    return install(&program);
}

int clinux_seccomp_after_login(void) {
    struct program program = {0};
    begin(&program);
    decide(&program, login_calls, COUNT(login_calls), REFUSE);
    answer(&program, SECCOMP_RET_ALLOW);
    return install(&program);
}

int clinux_seccomp_doorkeeper(void) {
    struct program program = {0};
    begin(&program);
    decide(&program, doorkeeper_calls, COUNT(doorkeeper_calls), SECCOMP_RET_ALLOW);
    // The allocator asks for either where there is no room behind the heap, and in a process that had threads.
    decide_memory(&program);
    // A socket is tried at once, to see that the filter is in force.
    decide(&program, (const int[]){SYS_socket, SYS_mprotect}, 2, REFUSE);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    return install(&program);
}
