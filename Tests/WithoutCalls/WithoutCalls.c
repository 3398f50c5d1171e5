// Runs a program on a kernel that seems to lack system calls: WithoutCalls RULE… -- PROGRAM ARGUMENT…
// The rules are those of cattack_lie().
#include "CAttack.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int index = 1;
    for (; index < count && strcmp(arguments[index], "--") != 0; index++) {
        if (cattack_lie(arguments[index]) != 0) {
            perror(arguments[index]);
            return 71;
        }
    }
    if (index + 1 >= count) return 64;
    execv(arguments[index + 1], &arguments[index + 1]);
    perror(arguments[index + 1]);
    return 71;
}
