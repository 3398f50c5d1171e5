#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
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
    SYS_shutdown, SYS_getsockopt, SYS_getsockname, SYS_getpeername, SYS_ppoll, SYS_dup, SYS_dup3,
    // Memory, time, chance.
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_getrandom, SYS_clock_gettime,
    SYS_clock_getres, SYS_gettimeofday, SYS_setitimer, SYS_clock_nanosleep, SYS_nanosleep, SYS_sched_yield,
    SYS_restart_syscall,
    // What is told about the process itself, and its end.
    SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit, SYS_exit_group,
    // Open files.
    SYS_fstat, SYS_fstatfs, SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_copy_file_range, SYS_ftruncate, SYS_fallocate,
    SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_fchmod, SYS_fchown, SYS_getdents64,
#ifdef SYS_poll
    SYS_poll, SYS_dup2,
#endif
};

// Files by their names below a directory that is open, whose descriptor is the first argument; of some also the third.
//
// Never below the working directory: a session shares it with its doorkeeper, and for a moment of the login it is the home
// while the root is not yet, so that `..` leads to the other homes.
static const int path_calls[] = {
    SYS_openat2, SYS_openat, SYS_newfstatat, SYS_statx, SYS_fchmodat, SYS_fchmodat2, SYS_fchownat, SYS_utimensat,
    SYS_mkdirat, SYS_unlinkat, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
};
static const int two_path_calls[] = {
    SYS_renameat2, SYS_linkat,
#ifdef SYS_renameat
    SYS_renameat,
#endif
};
// The second argument.
static const int link_calls[] = {SYS_symlinkat};

// Of fcntl(2) what is about descriptors alone: others have the kernel signal any process of the same user (F_SETOWN,
// F_SETSIG), or hold files against others.
static const unsigned int descriptor_commands[] = {
    F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC, F_DUPFD,
};

// Of setsockopt(2) what sessions set. Others load programs into the kernel.
static const unsigned int socket_options[] = {SO_RCVLOWAT, SO_KEEPALIVE};
static const unsigned int tcp_options[] = {TCP_NODELAY};

// The steps from the state before login into a home; only narrowing.
static const int login_calls[] = {
    SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_seccomp,
};

// What a doorkeeper does.
static const int doorkeeper_calls[] = {
    SYS_recvmsg, SYS_sendmsg, SYS_ppoll, SYS_fchdir, SYS_chroot, SYS_newfstatat, SYS_fstat, SYS_write,
    SYS_close, SYS_brk, SYS_munmap, SYS_madvise, SYS_futex, SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall,
    SYS_exit_group,
#ifdef SYS_poll
    SYS_poll, SYS_stat,
#endif
};

// What libraries may try without harm: they hear no, and go on.
static const int refused_calls[] = {
    SYS_socket, SYS_ioctl, SYS_uname, SYS_sysinfo, SYS_prlimit64, SYS_getrlimit, SYS_sched_getaffinity, SYS_mprotect,
    SYS_chroot, SYS_fchdir, SYS_prctl, SYS_statfs,
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

enum { PROGRAM_LIMIT = 220 };

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

// An argument that is an int: the lower half of it, which is all that the kernel looks at.
static void load_argument(struct program *program, int argument) {
    load(program, (unsigned int)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument));
}

// Begins what is done for each of the calls, which stand in the accumulator; `end_calls` says where it ends.
static unsigned short begin_calls(struct program *program, const int *calls, size_t count) {
    for (size_t index = 0; index < count; index++) {
        add(program, (struct sock_filter)BPF_JUMP(
                         BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)calls[index], (unsigned char)(count - index), 0));
    }
    add(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
    return program->length;
}

static void end_calls(struct program *program, unsigned short start) {
    if (program->length <= PROGRAM_LIMIT) program->steps[start - 1].k = (unsigned int)(program->length - start);
}

// Allows the calls whose arguments `first` and `second` (-1: none) are not the working directory.
static void decide_paths(struct program *program, const int *calls, size_t count, int first, int second) {
    unsigned short start = begin_calls(program, calls, count);
    for (int turn = 0; turn < 2; turn++) {
        int argument = turn == 0 ? first : second;
        if (argument < 0) continue;
        load_argument(program, argument);
        add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)AT_FDCWD, 0, 1));
        answer(program, REFUSE);
    }
    answer(program, SECCOMP_RET_ALLOW);
    end_calls(program, start);
}

// Allows a call whose argument is one of the values, and refuses it otherwise.
static void answer_values(struct program *program, int argument, const unsigned int *values, size_t count) {
    load_argument(program, argument);
    for (size_t index = 0; index < count; index++) {
        add(program, (struct sock_filter)BPF_JUMP(
                         BPF_JMP | BPF_JEQ | BPF_K, values[index], (unsigned char)(count - index), 0));
    }
    answer(program, REFUSE);
    answer(program, SECCOMP_RET_ALLOW);
}

static void decide_descriptors(struct program *program) {
    unsigned short start = begin_calls(program, (const int[]){SYS_fcntl}, 1);
    answer_values(program, 1, descriptor_commands, COUNT(descriptor_commands));
    end_calls(program, start);
}

static void decide_socket_options(struct program *program) {
    unsigned short start = begin_calls(program, (const int[]){SYS_setsockopt}, 1);
    load_argument(program, 1);
    // Over what is said of options at the level of sockets.
    add(program,
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOL_SOCKET, 0, COUNT(socket_options) + 3));
    answer_values(program, 2, socket_options, COUNT(socket_options));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 1, 0));
    answer(program, REFUSE);
    answer_values(program, 2, tcp_options, COUNT(tcp_options));
    end_calls(program, start);
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

int clinux_seccomp_before_login(void) {
    struct program program = {0};
    begin(&program);
    decide(&program, allowed_calls, COUNT(allowed_calls), SECCOMP_RET_ALLOW);
    decide_paths(&program, path_calls, COUNT(path_calls), 0, -1);
    decide_paths(&program, two_path_calls, COUNT(two_path_calls), 0, 2);
    decide_paths(&program, link_calls, COUNT(link_calls), 1, -1);
    decide_descriptors(&program);
    decide_socket_options(&program);
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
    decide_descriptors(&program);
    // The allocator asks for either where there is no room behind the heap, and in a process that had threads.
    decide_memory(&program);
    // A socket is tried at once, to see that the filter is in force.
    decide(&program, (const int[]){SYS_socket, SYS_mprotect}, 2, REFUSE);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    return install(&program);
}
