#define _GNU_SOURCE
#include "CAttack.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const struct {
    const char *name;
    int number;
    // Which of its arguments a rule may ask for.
    unsigned argument;
} calls[] = {
    {"chroot", SYS_chroot, 0},
    {"fchdir", SYS_fchdir, 0},
    {"fchmodat2", 452, 0},
    {"fsopen", SYS_fsopen, 0},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset, 0},
    {"landlock_restrict_self", SYS_landlock_restrict_self, 0},
    {"openat", SYS_openat, 2},
    {"openat2", SYS_openat2, 0},
    {"seccomp", SYS_seccomp, 0},
    {"unshare", SYS_unshare, 0},
};

static int index_of(const char *name, size_t length) {
    for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++) {
        if (strlen(calls[index].name) == length && strncmp(calls[index].name, name, length) == 0) return (int)index;
    }
    return -1;
}

int cattack_lie(const char *rule) {
    const char *result = strchr(rule, '='), *argument = strchr(rule, ':');
    int call = result == NULL ? -1 : index_of(rule, (size_t)((argument != NULL ? argument : result) - rule));
    if (call < 0) {
        errno = EINVAL;
        return -1;
    }
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[call].number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 8 * calls[call].argument),
        // Without an argument to look for, any will do.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument != NULL ? (unsigned)atoi(argument + 1) : 0, 0,
                 argument != NULL ? 1 : 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)atoi(result + 1) & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof steps / sizeof steps[0], .filter = steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
