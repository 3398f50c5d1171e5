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
} calls[] = {
    {"chroot", SYS_chroot},
    {"fchdir", SYS_fchdir},
    {"fchmodat2", 452},
    {"fsopen", SYS_fsopen},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset},
    {"landlock_restrict_self", SYS_landlock_restrict_self},
    {"openat2", SYS_openat2},
    {"seccomp", SYS_seccomp},
    {"unshare", SYS_unshare},
};

static int number_of(const char *name, size_t length) {
    for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++) {
        if (strlen(calls[index].name) == length && strncmp(calls[index].name, name, length) == 0)
            return calls[index].number;
    }
    return -1;
}

int cattack_lie(const char *rule) {
    const char *result = strchr(rule, '='), *argument = strchr(rule, ':');
    int number = result == NULL ? -1 : number_of(rule, (size_t)((argument != NULL ? argument : result) - rule));
    if (number < 0) {
        errno = EINVAL;
        return -1;
    }
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
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
