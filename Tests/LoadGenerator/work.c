// A fixed amount of work, one thing after the other, for who counts what it costs the server.
#include "LoadGenerator.h"

#include <stdio.h>
#include <string.h>

static int fail(struct session *session)
{
    fprintf(stderr, "%s: %s\n", session->step, session->ssh == NULL ? "no connection" : ssh_get_error(session->ssh));
    return 1;
}

static int stat_again_and_again(struct session *session, const char *path, long count)
{
    session->step = "STAT";
    for (long index = 0; index < count; index++) {
        sftp_attributes attributes = sftp_stat(session->sftp, path);
        if (attributes == NULL)
            return -1;
        sftp_attributes_free(attributes);
    }
    return 0;
}

static int list(struct session *session, const char *path, long count)
{
    session->step = "listing";
    sftp_dir directory = sftp_opendir(session->sftp, path);
    if (directory == NULL)
        return -1;
    long found = 0;
    sftp_attributes attributes;
    while ((attributes = sftp_readdir(session->sftp, directory)) != NULL) {
        found += strcmp(attributes->name, ".") != 0 && strcmp(attributes->name, "..") != 0;
        sftp_attributes_free(attributes);
    }
    return sftp_closedir(directory) == SSH_OK && found == count ? 0 : -1;
}

int run_work(int port, const char *user, const char *password, const char *kind, long count, const char *path)
{
    bool logs_in = strcmp(kind, "login") == 0;
    for (long index = 0; index < (logs_in ? count : 1); index++) {
        struct session session;
        int result = open_session(&session, 0, port, user, password);
        if (result == 0 && strcmp(kind, "stat") == 0)
            result = stat_again_and_again(&session, path, count);
        if (result == 0 && strcmp(kind, "list") == 0)
            result = list(&session, path, count);
        if (result != 0)
            return fail(&session);
        close_session(&session);
    }
    return 0;
}
