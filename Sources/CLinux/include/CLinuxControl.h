// SOCK_SEQPACKET messages with at most two descriptors (unix(7), SCM_RIGHTS; CMSG_* are macros).
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A connected pair of non-blocking, close-on-exec SOCK_SEQPACKET sockets.
int clinux_seqpacket_pair(int pair[2]);

/// A non-blocking, close-on-exec SOCK_SEQPACKET socket that listens at `path`, which only its owner may connect to.
/// A socket file left over there is replaced.
int clinux_seqpacket_listen(const char *path);

/// A non-blocking, close-on-exec SOCK_SEQPACKET socket connected to `path`.
int clinux_seqpacket_connect(const char *path);

/// Sends one message without waiting and without SIGPIPE, with the first `passed_count` (at most two) descriptors of
/// `passed`.
long clinux_send(int socket, const void *bytes, size_t count, const int *passed, size_t passed_count);

/// Receives one message without waiting, and up to `passed_limit` (at most two) descriptors that come with it into
/// `passed` (close-on-exec; -1 for each that did not come); the kernel drops those for which no room is offered.
/// `*truncated` tells that the message was longer than `capacity`.
long clinux_receive(int socket, void *bytes, size_t capacity, int *passed, size_t passed_limit, bool *truncated);

/// The user id of the process at the other end (SO_PEERCRED).
int clinux_peer_uid(int socket, unsigned *uid);

/// The next connection of a listening socket, non-blocking and close-on-exec (accept4(2)); `peer` has room for a
/// `struct sockaddr_storage`.
int clinux_accept(int listening, void *peer);

/// A close-on-exec pipe (pipe2(2)) of which the end that is read from, `ends[0]`, does not block.
int clinux_pipe(int ends[2]);

/// Sends bytes without waiting and without SIGPIPE.
long clinux_send_bytes(int socket, const void *bytes, size_t count);

/// A close-on-exec file in memory, without a name in any directory (memfd_create(2)).
int clinux_memory_file(const char *name);

/// The path that this program was executed by (getauxval(3), AT_EXECFN), or null.
const char *clinux_executed_path(void);

/// What a client that waits has sent (clinux_look_at_client).
enum clinux_client { CLINUX_CLIENT_LEFT, CLINUX_CLIENT_SILENT, CLINUX_CLIENT_IDENTIFIED };

/// Whether a client has sent its first line, which stays to be read; one whose line is longer than `limit` bytes, or that
/// sends no more, has left. Until the line is there the socket is readable only when more of it has come.
enum clinux_client clinux_look_at_client(int socket, size_t limit);

/// Tells the service manager, if there is one ($NOTIFY_SOCKET, sd_notify(3)); 0 when there is none.
int clinux_notify(const char *state);
