// Load for scripts/bench: logs in over and over, or logs in many times and stays. The same client for every server.
//
//   load login PORT USER SECONDS CLIENTS   prints logins per second
//   load hold PORT USER COUNT              prints "held", ends with its standard input
//
// The password is in BERTH_BENCH_PASSWORD. A login is: connect, key exchange, password, SFTP INIT, REALPATH, disconnect.
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct session {
    ssh_session ssh;
    sftp_session sftp;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int fail(ssh_session ssh, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, ssh_get_error(ssh));
    return -1;
}

static int open_session(struct session *session, int port, const char *user, const char *password)
{
    int no = 0, yes = 1;
    ssh_session ssh = ssh_new();
    session->ssh = ssh;
    session->sftp = NULL;
    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh, SSH_OPTIONS_PORT, &port);
    ssh_options_set(ssh, SSH_OPTIONS_USER, user);
    ssh_options_set(ssh, SSH_OPTIONS_NODELAY, &yes);
    ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    if (ssh_connect(ssh) != SSH_OK)
        return fail(ssh, "connect");
    if (ssh_userauth_password(ssh, NULL, password) != SSH_AUTH_SUCCESS)
        return fail(ssh, "password");
    session->sftp = sftp_new(ssh);
    if (session->sftp == NULL || sftp_init(session->sftp) != SSH_OK)
        return fail(ssh, "SFTP");
    char *path = sftp_canonicalize_path(session->sftp, ".");
    if (path == NULL)
        return fail(ssh, "REALPATH");
    ssh_string_free_char(path);
    return 0;
}

static void close_session(struct session *session)
{
    if (session->sftp != NULL)
        sftp_free(session->sftp);
    ssh_disconnect(session->ssh);
    ssh_free(session->ssh);
}

static int login(int port, const char *user, const char *password, double seconds, int clients)
{
    long *counts = mmap(NULL, sizeof(long) * (size_t)clients, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        return 1;
    double start = now();
    for (int client = 0; client < clients; client++) {
        if (fork() != 0)
            continue;
        while (now() - start < seconds) {
            struct session session;
            if (open_session(&session, port, user, password) != 0)
                _exit(1);
            close_session(&session);
            counts[client]++;
        }
        _exit(0);
    }
    int failed = 0, status;
    while (wait(&status) > 0)
        failed |= status;
    double elapsed = now() - start;
    long total = 0;
    for (int client = 0; client < clients; client++)
        total += counts[client];
    printf("%.1f\n", (double)total / elapsed);
    return failed != 0;
}

static int hold(int port, const char *user, const char *password, int count)
{
    struct session *sessions = calloc((size_t)count, sizeof(struct session));
    if (sessions == NULL)
        return 1;
    for (int index = 0; index < count; index++)
        if (open_session(&sessions[index], port, user, password) != 0)
            return 1;
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {}
    for (int index = 0; index < count; index++)
        close_session(&sessions[index]);
    free(sessions);
    return 0;
}

int main(int argc, char **argv)
{
    const char *password = getenv("BERTH_BENCH_PASSWORD");
    if (password == NULL || ssh_init() != SSH_OK)
        return 2;
    if (argc == 6 && strcmp(argv[1], "login") == 0)
        return login(atoi(argv[2]), argv[3], password, atof(argv[4]), atoi(argv[5]));
    if (argc == 5 && strcmp(argv[1], "hold") == 0)
        return hold(atoi(argv[2]), argv[3], password, atoi(argv[4]));
    return 2;
}
