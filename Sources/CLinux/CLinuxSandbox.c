#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

const uint64_t clinux_cap_sys_chroot = UINT64_C(1) << CAP_SYS_CHROOT;

static int read_capabilities(struct __user_cap_header_struct *header, struct __user_cap_data_struct data[2]) {
    header->version = _LINUX_CAPABILITY_VERSION_3;
    header->pid = 0;
    return (int)syscall(SYS_capget, header, data);
}

bool clinux_can_chroot(void) {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
    if (read_capabilities(&header, data) != 0) return false;
    return (data[0].effective & (uint32_t)clinux_cap_sys_chroot) != 0;
}

int clinux_keep_capabilities(uint64_t mask) {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
    if (read_capabilities(&header, data) != 0) return -1;
    for (int half = 0; half < 2; half++) {
        data[half].permitted &= (uint32_t)(mask >> (32 * half));
        data[half].effective = data[half].permitted;
        data[half].inheritable = 0;
    }
    // An ambient capability goes with its inheritable bit.
    if (syscall(SYS_capset, &header, data) != 0) return -1;
    if (read_capabilities(&header, data) != 0) return -1;
    for (int half = 0; half < 2; half++) {
        if ((data[half].permitted | data[half].effective) & ~(uint32_t)(mask >> (32 * half))) {
            errno = EPERM;
            return -1;
        }
    }
    return 0;
}

static int write_file(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    ssize_t written = write(descriptor, text, strlen(text));
    int saved = errno;
    close(descriptor);
    errno = saved;
    return written < 0 ? -1 : 0;
}

int clinux_enter_user_namespace(void) {
    unsigned uid = geteuid(), gid = getegid();
    char line[64];
    // The maps of a process that is not dumpable belong to root. Nothing is in reach by it that was not before.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || unshare(CLONE_NEWUSER) != 0) return -1;
    // Without a map ids read as 65534 and chown to oneself fails. The group map needs setgroups denied first.
    if (write_file("/proc/self/setgroups", "deny") != 0) return -1;
    snprintf(line, sizeof line, "%u %u 1", uid, uid);
    if (write_file("/proc/self/uid_map", line) != 0) return -1;
    snprintf(line, sizeof line, "%u %u 1", gid, gid);
    return write_file("/proc/self/gid_map", line);
}

// A file system in memory that is mounted nowhere: its root has nothing above it. (Constants and calls since Linux 5.2.)
static int mount_nowhere(void) {
    int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int directory = -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "555", 0) == 0 &&
        syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0 &&
        syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        unsigned int attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
        int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
        if (mount >= 0) {
            directory = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            int saved = errno;
            close(mount);
            errno = saved;
        }
    }
    int saved = errno;
    close(context);
    errno = saved;
    return directory;
}

int clinux_detached_directory(void) {
    int directory = mount_nowhere();
    if (directory >= 0 || errno != EPERM) return directory;
    // Who may not mount may in a user namespace of its own: a child's, which shares the table of descriptors.
    int report[2];
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        int made = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? mount_nowhere() : -1;
        if (made < 0) made = -errno;
        _exit(write(report[1], &made, sizeof made) == sizeof made ? 0 : 1);
    }
    int made = child < 0 ? -errno : -ECHILD;
    if (child > 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        // A child that died has written nothing.
        if (read(report[0], &made, sizeof made) != sizeof made) made = -ECHILD;
    }
    close(report[0]);
    close(report[1]);
    if (made >= 0) return made;
    errno = -made;
    return -1;
}

int clinux_change_root(int directory) {
    if (fchdir(directory) != 0) return -1;
    return chroot(".");
}

// What newer kernels than the headers of Debian 12 know (landlock(7)).
#define ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#define ACCESS_FS_IOCTL_DEV (UINT64_C(1) << 15)
#define ACCESS_NET_BIND_TCP (UINT64_C(1) << 0)
#define ACCESS_NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct ruleset_attributes {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

int clinux_landlock_abi(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

int clinux_landlock_restrict(int directory) {
    int abi = clinux_landlock_abi();
    if (abi < 1) {
        errno = EOPNOTSUPP;
        return -1;
    }
    // The rights of version 1 are the first thirteen bits; a kernel refuses bits that it does not know.
    struct ruleset_attributes attributes = {.handled_access_fs = (UINT64_C(1) << 13) - 1};
    if (abi >= 2) attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3) attributes.handled_access_fs |= ACCESS_FS_TRUNCATE;
    if (abi >= 5) attributes.handled_access_fs |= ACCESS_FS_IOCTL_DEV;
    size_t size = sizeof attributes.handled_access_fs;
    if (abi >= 4) {
        attributes.handled_access_net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
        size += sizeof attributes.handled_access_net;
    }
    if (abi >= 6) {
        attributes.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
        size += sizeof attributes.scoped;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (ruleset < 0) return -1;

    struct landlock_path_beneath_attr beneath = {.parent_fd = directory};
    beneath.allowed_access = attributes.handled_access_fs &
        (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
         LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
         LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | ACCESS_FS_TRUNCATE);
    int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int saved = errno;
    close(ruleset);
    errno = saved;
    return result;
}

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int clinux_not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int clinux_end_with_parent(int parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return -1;
    // The parent may have ended before the request was made.
    if (getppid() == parent) return 0;
    errno = ESRCH;
    return -1;
}

int clinux_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_fork(void) { return _Fork(); }

int clinux_fork_sharing_root(void) { return (int)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0); }

int clinux_leave_no_zombies(void) { return signal(SIGCHLD, SIG_IGN) == SIG_ERR ? -1 : 0; }

int clinux_close_from(unsigned int first) { return (int)syscall(SYS_close_range, first, ~0U, 0); }

int clinux_limit(enum clinux_resource resource, uint64_t value) {
    static const int names[] = {
        [CLINUX_CORE] = RLIMIT_CORE,
        [CLINUX_ADDRESS_SPACE] = RLIMIT_AS,
        [CLINUX_DESCRIPTORS] = RLIMIT_NOFILE,
        [CLINUX_PROCESSES] = RLIMIT_NPROC,
    };
    struct rlimit limit;
    if (getrlimit(names[resource], &limit) != 0) return -1;
    if (value < limit.rlim_max) limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(names[resource], &limit);
}

uint64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

int clinux_arm_processor_timer(long seconds) {
    struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    return setitimer(ITIMER_PROF, &timer, NULL);
}

int clinux_set_nonblocking(int descriptor, bool on) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(descriptor, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int clinux_set_close_on_exec(int descriptor, bool on) { return fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0); }

int clinux_duplicate_from(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest); }

void clinux_wait_status(int status, int *exit_status, int *signal_number) {
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
