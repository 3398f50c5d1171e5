#include "LoadGenerator.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Seconds that a partner waits for anything.
static const long patience = 20;

ssh_session make_ssh(int descriptor, const char *user, long timeout_seconds)
{
    int no = 0;
    ssh_session ssh = ssh_new();
    if (ssh == NULL)
        return NULL;
    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh, SSH_OPTIONS_USER, user);
    ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh, SSH_OPTIONS_TIMEOUT, &timeout_seconds);
    ssh_options_set(ssh, SSH_OPTIONS_FD, &descriptor);
    const char *cipher = getenv("BERTH_LOAD_CIPHER");
    if (cipher != NULL) {
        ssh_options_set(ssh, SSH_OPTIONS_CIPHERS_C_S, cipher);
        ssh_options_set(ssh, SSH_OPTIONS_CIPHERS_S_C, cipher);
    }
    return ssh;
}

int log_in(struct session *session, uint32_t source, int port, const char *user, const char *password)
{
    *session = (struct session){.step = "connect"};
    int descriptor = connect_from(source, port, true);
    if (descriptor < 0)
        return -1;
    session->ssh = make_ssh(descriptor, user, patience);
    session->step = "key exchange";
    if (session->ssh == NULL || ssh_connect(session->ssh) != SSH_OK)
        return -1;
    session->step = "password";
    return ssh_userauth_password(session->ssh, NULL, password) == SSH_AUTH_SUCCESS ? 0 : -1;
}

int open_session(struct session *session, uint32_t source, int port, const char *user, const char *password)
{
    if (log_in(session, source, port, user, password) != 0)
        return -1;
    session->step = "SFTP";
    session->sftp = sftp_new(session->ssh);
    if (session->sftp == NULL || sftp_init(session->sftp) != SSH_OK)
        return -1;
    char *path = sftp_canonicalize_path(session->sftp, ".");
    if (path == NULL)
        return -1;
    ssh_string_free_char(path);
    return 0;
}

void close_session(struct session *session)
{
    if (session->sftp != NULL)
        sftp_free(session->sftp);
    if (session->ssh != NULL) {
        // libssh leaves a descriptor open that it was given, unless it found the connection broken.
        int descriptor = ssh_get_fd(session->ssh);
        ssh_disconnect(session->ssh);
        ssh_free(session->ssh);
        if (descriptor >= 0)
            close(descriptor);
    }
    *session = (struct session){.step = session->step};
}

void break_session(struct session *session)
{
    int descriptor = session->ssh == NULL ? -1 : ssh_get_fd(session->ssh);
    if (descriptor >= 0) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        // Put in the socket's place, which closes it: for libssh the peer is gone.
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
            dup2(pair[0], descriptor);
            close(pair[0]);
            close(pair[1]);
        }
    }
    close_session(session);
}

static void fill(uint8_t *bytes, size_t count, uint8_t seed)
{
    for (size_t index = 0; index < count; index++)
        bytes[index] = (uint8_t)(seed + index * 31 + (index >> 8));
}

int upload(struct session *session, const char *path, size_t size, uint8_t seed)
{
    uint8_t *bytes = malloc(size);
    sftp_file file = sftp_open(session->sftp, path, 0x241 /* O_WRONLY|O_CREAT|O_TRUNC */, 0600);
    int result = file == NULL || bytes == NULL ? -1 : 0;
    session->step = "upload";
    if (result == 0)
        fill(bytes, size, seed);
    for (size_t at = 0; result == 0 && at < size;) {
        size_t piece = size - at < 32768 ? size - at : 32768;
        ssize_t written = sftp_write(file, bytes + at, piece);
        if (written <= 0)
            result = -1;
        else
            at += (size_t)written;
    }
    if (file != NULL && sftp_close(file) != SSH_OK)
        result = -1;
    free(bytes);
    return result;
}

int download(struct session *session, const char *path, size_t size, uint8_t seed)
{
    uint8_t *bytes = malloc(size), *expected = malloc(size);
    sftp_file file = sftp_open(session->sftp, path, 0, 0);
    int result = file == NULL || bytes == NULL || expected == NULL ? -1 : 0;
    session->step = "download";
    for (size_t at = 0; result == 0 && at < size;) {
        size_t piece = size - at < 32768 ? size - at : 32768;
        ssize_t count = sftp_read(file, bytes + at, piece);
        if (count <= 0)
            result = -1;
        else
            at += (size_t)count;
    }
    if (result == 0) {
        fill(expected, size, seed);
        result = memcmp(bytes, expected, size) == 0 ? 0 : -1;
    }
    if (file != NULL)
        sftp_close(file);
    free(bytes);
    free(expected);
    return result;
}
