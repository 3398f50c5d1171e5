// Loaded into berth-sftpd under callgrind, for scripts/bench --guard: what valgrind 3.19 doesn't know or can't give is done
// in another way, or not at all. Confinement is off then but for paths; what is counted is the program's own work.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

long syscall(long number, ...)
{
    static long (*next)(long, ...);
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++)
        arguments[index] = va_arg(list, long);
    va_end(list);
    switch (number) {
    case SYS_openat2: {
        // Beneath the directory and never above it, as with RESOLVE_IN_ROOT; the workload has no links.
        const char *path = (const char *)arguments[1] + strspn((const char *)arguments[1], "/");
        const struct open_how *how = (const struct open_how *)arguments[2];
        if (*path == 0 || strcmp(path, "..") == 0)
            path = ".";
        return openat((int)arguments[0], path, (int)how->flags, (mode_t)how->mode);
    }
    case SYS_clone:
        // A root directory that is shared is of use for chroot(2) alone.
        return fork();
    default:
        if (next == NULL)
            next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
        return next(
            number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    }
}

// Limits would be those of valgrind, which needs more memory and descriptors of its own.
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    (void)resource;
    (void)limit;
    return 0;
}

// pthread_atfork is to be heeded.
pid_t _Fork(void)
{
    return fork();
}

// What was counted so far is written down and is the parent's: the child begins at zero.
static void divide(void)
{
    CALLGRIND_DUMP_STATS;
}

__attribute__((constructor)) static void begin(void)
{
    pthread_atfork(divide, NULL, NULL);
}
