#include "LoadGenerator.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t program;

static void pass_on(int signal)
{
    kill(program, signal);
}

int run_reaping(char **command)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    program = fork();
    if (program < 0)
        return 1;
    if (program == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    // Orphans come here, and what they used is in the times of this process then.
    int status;
    pid_t ended;
    while ((ended = wait(&status)) != program)
        if (ended < 0 && errno != EINTR)
            return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
