// Partners: those that log in as fast as they can, those that stay, and the one who must get in whatever happens.
#include "LoadGenerator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(struct session *session)
{
    fprintf(stderr, "%s: %s\n", session->step, session->ssh == NULL ? "no connection" : ssh_get_error(session->ssh));
    return 1;
}

int run_logins(int port, const char *user, const char *password, double seconds, int clients)
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
            if (open_session(&session, 0, port, user, password) != 0)
                _exit(fail(&session));
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
    printf("{\"count\": %ld, \"seconds\": %.4f, \"cpu_seconds\": %.4f}\n", total, elapsed, processor_seconds());
    return failed != 0;
}

int run_holding(int port, const char *user, const char *password, int count)
{
    struct session *sessions = calloc((size_t)count, sizeof(struct session));
    if (sessions == NULL)
        return 1;
    for (int index = 0; index < count; index++)
        if (open_session(&sessions[index], 0, port, user, password) != 0)
            return fail(&sessions[index]);
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {}
    for (int index = 0; index < count; index++)
        close_session(&sessions[index]);
    free(sessions);
    return 0;
}

int run_partner(int port, const char *user, const char *password, double seconds, double pause, const char *source)
{
    static const size_t size = 65536;
    bool is_fresh = strcmp(source, "fresh") == 0;
    uint32_t address = is_fresh ? 0 : parse_address(source);
    if (!is_fresh && address == 0)
        return 2;
    double start = now();
    for (unsigned number = 0; now() - start < seconds; number++) {
        if (is_fresh)
            address = loopback_address(200, number + 1);
        struct session session;
        double began = now();
        int result = open_session(&session, address, port, user, password);
        double milliseconds = (now() - began) * 1e3;
        char path[32];
        snprintf(path, sizeof path, "small-%u", address & 0xff);
        if (result == 0)
            result = upload(&session, path, size, (uint8_t)number);
        if (result == 0)
            result = download(&session, path, size, (uint8_t)number);
        if (result == 0)
            printf("login %.2f\n", milliseconds);
        else
            printf("failed %.2f %s: %s\n", (now() - began) * 1e3, session.step,
                   session.ssh == NULL ? "no connection" : ssh_get_error(session.ssh));
        fflush(stdout);
        close_session(&session);
        usleep((useconds_t)(pause * 1e6));
    }
    return 0;
}
