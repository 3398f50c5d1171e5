// libssh for Swift. Everything below the includes is here because Swift can't call it as libssh offers it.
#pragma once
#include <malloc.h>
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

// Glibc's module does not offer <malloc.h>.
static inline void clibssh_release_free_memory(void) {
    malloc_trim(0);
}
