// What code that has taken a session over may try, as bare system calls.
#pragma once

/// The attempts.
enum cattack_attempt {
    CATTACK_EXECUTE,
    CATTACK_FORK,
    CATTACK_SIGNAL,
    CATTACK_TRACE,
    CATTACK_READ_MEMORY,
    CATTACK_CONNECT,
    CATTACK_SOCKET_PAIR,
    CATTACK_NAMESPACE,
    CATTACK_EXECUTABLE_MEMORY,
    CATTACK_EXECUTABLE_PAGE,
    CATTACK_IO_URING,
    CATTACK_BPF,
    CATTACK_DEVICE,
    /// The kernel signals the target whenever something arrives at a descriptor.
    CATTACK_SIGNAL_BY_FCNTL,
    /// A program for the kernel to run, on the socket `target`.
    CATTACK_SOCKET_PROGRAM,
    /// Not to end with its parent.
    CATTACK_OUTLIVE,
    // What a session needs until it is in its home.
    CATTACK_CHANGE_PROCESS,
    CATTACK_LANDLOCK_RULES,
    CATTACK_LANDLOCK_RULE,
    CATTACK_LANDLOCK,
    CATTACK_FILTER,
};

/// Makes an attempt, at the process `target` where it needs one: 0 when the kernel went along, otherwise errno.
int cattack_try(enum cattack_attempt attempt, int target);

/// How many system calls there are that take a path below a directory, for cattack_try_path.
int cattack_path_calls(void);

/// Makes the call number `call`, its paths being below `directory`: of those with two directories the first or, with
/// `second`, the other one is that, and the rest `home`. 0 when the kernel went along or looked for the path, EPERM when it
/// refused to.
int cattack_try_path(int call, int directory, int home, int second);

/// Mounts a proc(5) at `place`, in a mount namespace that this process enters for it: 0, or -1 and errno.
int cattack_mount_proc(const char *place);

/// Swaps two names in one step (renameat2(2), RENAME_EXCHANGE): 0, or -1 and errno.
int cattack_exchange(const char *one, const char *other);

/// Lets this process and its children have a kernel that seems to lack a system call. `rule` is CALL[:ARGUMENT]=ERRNO: the
/// call fails so, and with ERRNO 0 says "done" and does nothing; with ARGUMENT only where that is its first (of openat: its
/// flags). 0, or -1 and errno.
int cattack_lie(const char *rule);
