#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int clinux_seqpacket_pair(int pair[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

static int close_keeping_errno(int descriptor) {
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int clinux_seqpacket_listen(const char *path) {
    struct sockaddr_un address;
    if (unix_address(path, &address) != 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    struct stat left_over;
    if (lstat(path, &left_over) == 0 && S_ISSOCK(left_over.st_mode)) unlink(path);
    // bind(2) gives the file the mode of the socket. A chmod after it would leave a moment in between, and the umask, which
    // could do the same, is one for all threads: files that another one makes meanwhile would get it.
    if (fchmod(descriptor, 0600) != 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(descriptor, 16) != 0)
        return close_keeping_errno(descriptor);
    return descriptor;
}

int clinux_seqpacket_connect(const char *path) {
    struct sockaddr_un address;
    if (unix_address(path, &address) != 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return close_keeping_errno(descriptor);
    return descriptor;
}

enum { PASSED_LIMIT = 2 };

long clinux_send(int socket, const void *bytes, size_t count, const int *passed, size_t passed_count) {
    struct iovec block = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &block, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(PASSED_LIMIT * sizeof(int))] = {0};
    if (passed_count > PASSED_LIMIT) {
        errno = EINVAL;
        return -1;
    }
    if (passed_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(passed_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(passed_count * sizeof(int));
        memcpy(CMSG_DATA(header), passed, passed_count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent;
}

long clinux_receive(int socket, void *bytes, size_t capacity, int *passed, size_t passed_limit, bool *truncated) {
    struct iovec block = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {.msg_iov = &block, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(PASSED_LIMIT * sizeof(int))];
    if (passed_limit > PASSED_LIMIT) passed_limit = PASSED_LIMIT;
    for (size_t index = 0; index < passed_limit; index++) passed[index] = -1;
    if (passed_limit > 0) {
        message.msg_control = control;
        // Not CMSG_SPACE: what it adds for alignment has room for a second descriptor, which nobody would ever close.
        message.msg_controllen = CMSG_LEN(passed_limit * sizeof(int));
    }
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    *truncated = count >= 0 && (message.msg_flags & MSG_TRUNC) != 0;
    if (count < 0 || passed_limit == 0) return count;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len > CMSG_LEN(0)) {
        size_t size = header->cmsg_len - CMSG_LEN(0);
        if (size > passed_limit * sizeof(int)) size = passed_limit * sizeof(int);
        memcpy(passed, CMSG_DATA(header), size);
    }
    return count;
}

int clinux_peer_uid(int socket, unsigned *uid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *uid = credentials.uid;
    return 0;
}

int clinux_accept(int listening, void *peer) {
    socklen_t length = sizeof(struct sockaddr_storage);
    return accept4(listening, peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clinux_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

long clinux_send_bytes(int socket, const void *bytes, size_t count) {
    return send(socket, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int clinux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

const char *clinux_executed_path(void) { return (const char *)getauxval(AT_EXECFN); }

enum clinux_client clinux_look_at_client(int socket, size_t limit) {
    char line[256];
    struct pollfd state = {.fd = socket, .events = POLLRDHUP};
    if (poll(&state, 1, 0) != 0) return CLINUX_CLIENT_LEFT;
    ssize_t count = recv(socket, line, limit < sizeof line ? limit : sizeof line, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? CLINUX_CLIENT_SILENT : CLINUX_CLIENT_LEFT;
    int awaited = 1;
    enum clinux_client found = CLINUX_CLIENT_IDENTIFIED;
    if (memchr(line, '\n', (size_t)count) == NULL) {
        if (count == 0 || (size_t)count >= limit) return CLINUX_CLIENT_LEFT;
        awaited = (int)count + 1;
        found = CLINUX_CLIENT_SILENT;
    }
    setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &awaited, sizeof awaited);
    return found;
}

int clinux_notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL) return 0;
    struct sockaddr_un address;
    if (unix_address(path, &address) != 0) return -1;
    socklen_t length = sizeof address;
    if (path[0] == '@') {
        // An abstract address has no terminator: its length says where it ends.
        address.sun_path[0] = 0;
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    ssize_t sent = sendto(descriptor, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    close_keeping_errno(descriptor);
    return sent < 0 ? -1 : 0;
}
