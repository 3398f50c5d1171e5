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
    CATTACK_IO_URING,
    CATTACK_BPF,
    CATTACK_DEVICE,
};

/// Makes an attempt, at the process `target` where it needs one: 0 when the kernel went along, otherwise errno.
int cattack_try(enum cattack_attempt attempt, int target);
