// Many logins with small transfers, and clients without manners among them: resets and half-closed connections at each
// stage. Prints "done COUNT" for each twentieth of the logins, and what failed.
#include "LoadGenerator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t file_size = 65536;
static const int users_max = 16;

enum step {
    whole, reset_after_login, reset_in_upload, another_whole, reset_in_download, half_close_after_login,
    half_close_in_upload, third_whole, reset_in_key_exchange, reset_before_authentication, half_close_after_banner,
    steps
};

struct worker {
    int port, number;
    uint32_t source;
    const char *user, *password;
    struct opening opening;
};

/// Says that nothing more comes, and reads until the server closes; -1 when it does not in 20 seconds.
static int half_close(int descriptor)
{
    char buffer[4096];
    struct timeval patience = {.tv_sec = 20};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    shutdown(descriptor, SHUT_WR);
    while (true) {
        ssize_t count = recv(descriptor, buffer, sizeof buffer, 0);
        if (count > 0)
            continue;
        // A reset ends it as well.
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -1 : 0;
    }
}

/// Connections that end before anybody logs in.
static int stranger(struct worker *worker, enum step step)
{
    int descriptor = connect_from(worker->source, worker->port, true), result = 0;
    if (descriptor < 0)
        return -1;
    if (step == reset_before_authentication) {
        struct session session = {.ssh = make_ssh(descriptor, worker->user, 20)};
        if (session.ssh == NULL || ssh_connect(session.ssh) != SSH_OK)
            result = -1;
        break_session(&session);
        return result;
    }
    char buffer[256];
    size_t size = step == half_close_after_banner ? worker->opening.identification : worker->opening.offer;
    if (send(descriptor, worker->opening.bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        result = -1;
    // The server has begun with this connection then.
    if (recv(descriptor, buffer, sizeof buffer, 0) <= 0)
        result = -1;
    if (step == half_close_after_banner) {
        if (half_close(descriptor) != 0)
            result = -1;
        close(descriptor);
    } else {
        reset(descriptor);
    }
    return result;
}

/// Sends an upload's beginning; the file stays open.
static int begin_upload(struct session *session, const char *path)
{
    char piece[32768] = {0};
    session->step = "upload begun";
    sftp_file file = sftp_open(session->sftp, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file == NULL)
        return -1;
    return sftp_write(file, piece, sizeof piece) == (ssize_t)sizeof piece ? 0 : -1;
}

/// Asks for pieces of a file and waits for none.
static int begin_download(struct session *session, const char *path)
{
    session->step = "download begun";
    sftp_file file = sftp_open(session->sftp, path, O_RDONLY, 0);
    if (file == NULL)
        return -1;
    for (int index = 0; index < 8; index++)
        if (sftp_async_read_begin(file, 32768) < 0)
            return -1;
    return 0;
}

static int partner(struct worker *worker, enum step step, unsigned long number)
{
    struct session session;
    char path[32], part[32];
    snprintf(path, sizeof path, "whole-%d", worker->number);
    snprintf(part, sizeof part, "part-%d", worker->number);
    int result = open_session(&session, worker->source, worker->port, worker->user, worker->password);
    if (result == 0) {
        switch (step) {
        case reset_in_upload:
        case half_close_in_upload: result = begin_upload(&session, part); break;
        case reset_in_download: result = begin_download(&session, path); break;
        case whole:
        case another_whole:
        case third_whole:
            result = upload(&session, path, file_size, (uint8_t)number);
            if (result == 0)
                result = download(&session, path, file_size, (uint8_t)number);
            break;
        default: break;
        }
    }
    if (result == 0 && (step == half_close_after_login || step == half_close_in_upload)) {
        session.step = "half-closed";
        result = half_close(ssh_get_fd(session.ssh));
    }
    if (result != 0)
        printf("failed %s: %s\n", session.step, session.ssh == NULL ? "no connection" : ssh_get_error(session.ssh));
    if (step == whole || step == another_whole || step == third_whole)
        close_session(&session);
    else
        break_session(&session);
    return result;
}

/// Works until all logins are made; whether nothing failed.
static bool work(struct worker *worker, volatile long *made, long logins)
{
    bool is_well = true;
    for (unsigned long number = 0; *made < logins; number++) {
        enum step step = (enum step)(number % steps);
        if (step >= reset_in_key_exchange) {
            if (stranger(worker, step) != 0) {
                printf("failed before login: step %d\n", (int)step);
                is_well = false;
            }
        } else if (partner(worker, step, number) == 0) {
            __atomic_add_fetch(made, 1, __ATOMIC_RELAXED);
        } else {
            is_well = false;
        }
        fflush(stdout);
    }
    return is_well;
}

int run_soak(int port, long logins, int workers, char *users)
{
    char *names[16], *passwords[16];
    int count = 0;
    for (char *user = strtok(users, ","); user != NULL && count < users_max; user = strtok(NULL, ",")) {
        names[count] = user;
        passwords[count] = strchr(user, ':');
        if (passwords[count] == NULL)
            return 2;
        *passwords[count]++ = 0;
        count++;
    }
    volatile long *made = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == 0 || made == MAP_FAILED)
        return 2;
    for (int index = 0; index < workers; index++) {
        if (fork() != 0)
            continue;
        struct worker worker = {
            .port = port, .number = index, .source = loopback_address(50, (unsigned)index + 1),
            .user = names[index % count], .password = passwords[index % count]};
        make_opening(&worker.opening);
        _exit(work(&worker, made, logins) ? 0 : 1);
    }
    int failed = 0, status, left = workers;
    long told = 0;
    while (left > 0) {
        while (left > 0 && waitpid(-1, &status, WNOHANG) > 0) {
            failed |= status;
            left--;
        }
        for (; told < 20 && *made >= (told + 1) * logins / 20; told++)
            printf("done %ld\n", (told + 1) * logins / 20);
        fflush(stdout);
        usleep(20000);
    }
    return failed != 0;
}
