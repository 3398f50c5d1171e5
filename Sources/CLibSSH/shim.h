// libssh for Swift. Everything below the includes is here because Swift can't call it as libssh offers it.
#pragma once
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <libssh/callbacks.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// Deprecated in favour of server callbacks, which must decide before they return. Berth's decisions come from another
// process, so it needs the message queue; wrapped here so that Swift doesn't warn at each use.
static inline const char *clibssh_message_password(ssh_message message) {
    return ssh_message_auth_password(message);
}

#pragma GCC diagnostic pop

// Both are macros with a cast.
static const int clibssh_poll_write_pending = SSH_WRITE_PENDING;
static const int clibssh_status_over = SSH_CLOSED | SSH_CLOSED_ERROR;

// The deepest that a session is known to have stood is a quarter of this. Below a stack the kernel leaves far more unused.
#define CLIBSSH_STACK_RELEASED (128UL * 1024)

// Gives back whole free pages of the heap, and on the main thread, below whose stack nothing else lies for far longer than this,
// those of the stack that calls which have returned used. Never inlined, so that what its caller keeps on the stack lies above.
static __attribute__((noinline, unused)) void clibssh_release_free_memory(void) {
    malloc_trim(0);
    if (syscall(SYS_gettid) != getpid()) return;
    // A page for what is called from here, and the page that this stands in.
    unsigned long end = ((unsigned long)__builtin_frame_address(0) - 4096) & ~4095UL;
    madvise((void *)(end - CLIBSSH_STACK_RELEASED), CLIBSSH_STACK_RELEASED, MADV_DONTNEED);
}

// Glibc's module does not offer <netinet/tcp.h>. Milliseconds since the peer's kernel acknowledged anything on a TCP socket, or
// -1 and errno.
static inline long clibssh_since_acknowledgement(int descriptor) {
    struct tcp_info information;
    socklen_t length = sizeof information;
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &information, &length) != 0) return -1;
    return information.tcpi_last_ack_recv;
}
