/* libssh's own client, as small as it can be; `libssh` compiles it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *L, *R;
static ssh_session session;
static sftp_session sftp;

static void fail(const char *what) {
    static const char *words[] = {"ok", "end of file", "no such file", "permission denied", "failure", "bad message"};
    int code = sftp ? sftp_get_error(sftp) : -1;
    fprintf(stderr, "%s: %s (%s)\n", what, ssh_get_error(session), code >= 0 && code < 6 ? words[code] : "");
    exit(1);
}

static char *join(const char *directory, const char *name) {
    char *path;
    if (asprintf(&path, "%s/%s", directory, name) < 0) exit(2);
    return path;
}

static void connect_and_log_in(void) {
    char password[256] = "";
    FILE *file = fopen(getenv("BERTH_PASSWORD_FILE"), "r");
    if (!file || !fgets(password, sizeof password, file)) exit(2);
    fclose(file);
    password[strcspn(password, "\n")] = 0;
    session = ssh_new();
    int port = atoi(getenv("BERTH_PORT")), process = 0;
    ssh_options_set(session, SSH_OPTIONS_HOST, getenv("BERTH_HOST"));
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_USER, getenv("BERTH_USER"));
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &process);
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, getenv("BERTH_KNOWN_HOSTS"));
    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    if (ssh_connect(session) != SSH_OK) fail("connect");
    if (ssh_session_is_known_server(session) != SSH_KNOWN_HOSTS_OK) fail("host key");
    if (ssh_userauth_password(session, NULL, password) != SSH_AUTH_SUCCESS) fail("password");
    sftp = sftp_new(session);
    if (!sftp || sftp_init(sftp) != SSH_OK) fail("sftp");
}

static void put(const char *local, const char *remote, off_t offset) {
    static char buffer[32000];
    int source = open(local, O_RDONLY);
    sftp_file target = sftp_open(sftp, remote, O_WRONLY | O_CREAT | (offset ? 0 : O_TRUNC), 0644);
    if (source < 0 || !target) fail(remote);
    lseek(source, offset, SEEK_SET);
    sftp_seek64(target, (uint64_t)offset);
    ssize_t count;
    while ((count = read(source, buffer, sizeof buffer)) > 0)
        if (sftp_write(target, buffer, (size_t)count) != count) fail(remote);
    close(source);
    if (sftp_close(target) != SSH_OK) fail(remote);
}

static void get(const char *remote, const char *local, off_t offset) {
    static char buffer[32000];
    sftp_file source = sftp_open(sftp, remote, O_RDONLY, 0);
    if (!source) fail(remote);
    int target = open(local, O_WRONLY | O_CREAT | (offset ? 0 : O_TRUNC), 0644);
    lseek(target, offset, SEEK_SET);
    sftp_seek64(source, (uint64_t)offset);
    /* Requests ahead, as libssh offers: one at a time would wait for each answer. */
    enum { ahead = 32 };
    int requests[ahead], first = 0, pending = 0;
    for (int i = 0; i < ahead; i++, pending++)
        if ((requests[i] = sftp_async_read_begin(source, sizeof buffer)) < 0) fail(remote);
    while (pending > 0) {
        int count = sftp_async_read(source, buffer, sizeof buffer, (uint32_t)requests[first]);
        if (count < 0) fail(remote);
        pending--;
        if (count > 0) {
            if (write(target, buffer, (size_t)count) != count) fail(local);
            requests[first] = sftp_async_read_begin(source, sizeof buffer);
            pending++;
        }
        first = (first + 1) % ahead;
        if (count == 0) break;
    }
    close(target);
    sftp_close(source);
}

static void put_tree(const char *local, const char *remote) {
    if (sftp_mkdir(sftp, remote, 0755) != SSH_OK) fail(remote);
    DIR *directory = opendir(local);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char *from = join(local, entry->d_name), *to = join(remote, entry->d_name);
        if (entry->d_type == DT_DIR) put_tree(from, to);
        else put(from, to, 0);
        free(from);
        free(to);
    }
    closedir(directory);
}

static void each(const char *remote, void (*act)(const char *, const char *, int), const char *local) {
    sftp_dir directory = sftp_opendir(sftp, remote);
    if (!directory) fail(remote);
    sftp_attributes entry;
    while ((entry = sftp_readdir(sftp, directory))) {
        if (strcmp(entry->name, ".") && strcmp(entry->name, "..")) {
            char *from = join(remote, entry->name), *to = join(local, entry->name);
            act(from, to, entry->type == SSH_FILEXFER_TYPE_DIRECTORY);
            free(from);
            free(to);
        }
        sftp_attributes_free(entry);
    }
    sftp_closedir(directory);
}

static void show(const char *remote, const char *local, int is_directory) {
    (void)local, (void)is_directory;
    puts(remote);
}

static void get_one(const char *remote, const char *local, int is_directory) {
    if (!is_directory) {
        get(remote, local, 0);
        return;
    }
    mkdir(local, 0755);
    each(remote, get_one, local);
}

static off_t local_size(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : 0;
}

static void check(int code, const char *what) {
    if (code != SSH_OK) fail(what);
}

int main(int count, char **arguments) {
    const char *step = count > 1 ? arguments[1] : "";
    if (!strcmp(step, "version")) {
        puts(ssh_version(0));
        return 0;
    }
    L = getenv("BERTH_LOCAL"), R = getenv("BERTH_REMOTE");
    connect_and_log_in();
    const char *names[] = {"empty", "one", "mebibyte"};
    char *local_file = join(L, "file"), *remote_file = join(R, "file");
    struct sftp_attributes_struct set = {0};
    if (!strcmp(step, "login") || !strcmp(step, "wrong-password")) puts(sftp_canonicalize_path(sftp, "."));
    else if (!strcmp(step, "list")) each(R, show, L);
    else if (!strcmp(step, "make-directories")) {
        check(sftp_mkdir(sftp, join(R, "made"), 0755), "made");
        check(sftp_mkdir(sftp, join(R, "made/deeper"), 0755), "deeper");
    } else if (!strcmp(step, "upload")) for (int i = 0; i < 3; i++) put(join(L, names[i]), join(R, names[i]), 0);
    else if (!strcmp(step, "download")) for (int i = 0; i < 3; i++) get(join(R, names[i]), join(L, names[i]), 0);
    else if (!strcmp(step, "large")) {
        put(getenv("BERTH_LARGE"), join(R, "large"), 0);
        get(join(R, "large"), join(L, "large"), 0);
    } else if (!strcmp(step, "resume-upload")) {
        sftp_attributes there = sftp_stat(sftp, remote_file);
        if (!there) fail(remote_file);
        put(local_file, remote_file, (off_t)there->size);
    } else if (!strcmp(step, "resume-download")) get(remote_file, local_file, local_size(local_file));
    else if (!strcmp(step, "rename")) check(sftp_rename(sftp, join(R, "old"), join(R, "new")), "rename");
    else if (!strcmp(step, "mode")) check(sftp_chmod(sftp, remote_file, 0604), "mode");
    else if (!strcmp(step, "time")) {
        set.flags = SSH_FILEXFER_ATTR_ACMODTIME;
        set.atime = set.mtime = 1234567890;
        check(sftp_setstat(sftp, remote_file, &set), "time");
    } else if (!strcmp(step, "remove")) {
        check(sftp_unlink(sftp, remote_file), "file");
        check(sftp_rmdir(sftp, join(R, "directory")), "directory");
    } else if (!strcmp(step, "symlink")) {
        /* libssh looks at the server's identification string for the order of the arguments. */
        check(sftp_symlink(sftp, "target", join(R, "link")), "link");
        puts(sftp_readlink(sftp, join(R, "link")));
    } else if (!strcmp(step, "names") || !strcmp(step, "tree")) {
        put_tree(join(L, step), join(R, step));
        get_one(join(R, step), join(L, "back"), 1);
    } else if (!strcmp(step, "missing")) get(join(R, "missing"), join(L, "missing"), 0);
    else return 64;
    ssh_disconnect(session);
    return 0;
}
