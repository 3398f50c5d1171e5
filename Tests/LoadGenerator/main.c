// The load generator's modes; the password is in BERTH_LOAD_PASSWORD.
//
//   login PORT USER SECONDS CLIENTS            logs in again and again; prints what came of it as JSON
//   hold PORT USER COUNT                       logs in COUNT times, prints "held", ends with its standard input
//   partner PORT USER SECONDS PAUSE SOURCE     logs in and transfers again and again; a line for each: "login" or
//                                              "failed" with milliseconds. SOURCE: an address, or "fresh" for a new one
//                                              each time
//   flood PORT HALF-OPEN GUESSES/S SOURCES PAUSE NAMES
//                                              prints "flooding", ends with its standard input, prints counts
//   soak PORT LOGINS WORKERS                   users with passwords are in BERTH_LOAD_USERS: name:password,…
//   requests PORT USER stat|open DEPTH SECONDS PAUSE PATH
//                                              STATs, or OPENs with CLOSEs, DEPTH of them under way at once, with a pause
//                                              (seconds) before each; prints their number and times as JSON
//   files PORT USER up|up-fsync|down DEPTH COUNT DIRECTORY
//                                              files of 1 KiB, DEPTH of them under way at once; the same
//   list PORT USER PATH                        prints when the first and the last name came as JSON
//   press PORT USER stall|flood SECONDS PATH   logs in, prints "held", and at the next line reads ahead of a large file
//                                              and takes no answers, or sends requests without end; prints JSON
//   delay PORT SECONDS                         prints a port that leads to PORT, so late in each direction; ends with its
//                                              standard input
//   reap PROGRAM ARGUMENT…                     runs it and waits for all that it leaves behind, whoever their parent is
//   work PORT USER login|stat|list COUNT PATH  so many logins, STATs of the path, or one listing of so many entries, one
//                                              after the other
//
// A login is: connect, key exchange, password, SFTP INIT, REALPATH.
#include "LoadGenerator.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "reap") == 0)
        return run_reaping(argv + 2);
    if (argc < 3 || ssh_init() != SSH_OK)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    const char *mode = argv[1], *password = getenv("BERTH_LOAD_PASSWORD");
    char *users = getenv("BERTH_LOAD_USERS");
    int port = atoi(argv[2]);
    if (argc == 8 && strcmp(mode, "flood") == 0)
        return run_flood(port, atoi(argv[3]), atof(argv[4]), (unsigned)atoi(argv[5]), atof(argv[6]), argv[7]);
    if (argc == 5 && strcmp(mode, "soak") == 0 && users != NULL)
        return run_soak(port, atol(argv[3]), atoi(argv[4]), users);
    if (argc == 4 && strcmp(mode, "delay") == 0)
        return run_delay(port, atof(argv[3]));
    if (password == NULL)
        return 2;
    if (argc == 6 && strcmp(mode, "login") == 0)
        return run_logins(port, argv[3], password, atof(argv[4]), atoi(argv[5]));
    if (argc == 5 && strcmp(mode, "hold") == 0)
        return run_holding(port, argv[3], password, atoi(argv[4]));
    if (argc == 7 && strcmp(mode, "partner") == 0)
        return run_partner(port, argv[3], password, atof(argv[4]), atof(argv[5]), argv[6]);
    if (argc == 9 && strcmp(mode, "requests") == 0)
        return run_requests(port, argv[3], password, argv[4], (unsigned)atoi(argv[5]), atof(argv[6]), atof(argv[7]), argv[8]);
    if (argc == 8 && strcmp(mode, "files") == 0)
        return run_files(port, argv[3], password, argv[4], (unsigned)atoi(argv[5]), atol(argv[6]), argv[7]);
    if (argc == 5 && strcmp(mode, "list") == 0)
        return run_listing(port, argv[3], password, argv[4]);
    if (argc == 7 && strcmp(mode, "press") == 0)
        return run_pressure(port, argv[3], password, argv[4], atof(argv[5]), argv[6]);
    if (argc == 7 && strcmp(mode, "work") == 0)
        return run_work(port, argv[3], password, argv[4], atol(argv[5]), argv[6]);
    return 2;
}
