// A long line: what comes in on one side goes out on the other after a fixed time, as much of it as there is.
#include "LoadGenerator.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { lines_max = 64 };
/// What is on its way in one direction at most. More than any window at any rate that is measured here.
static const size_t on_its_way_max = 512 << 20;

struct chunk {
    struct chunk *next;
    double due;
    size_t count, sent;
    uint8_t bytes[];
};

/// One direction of a line.
struct pipe {
    int from, to;
    bool has_ended, is_over, waits_for_room;
    struct chunk *first, *last;
    size_t on_its_way;
};

struct line {
    bool is_used;
    struct pipe pipes[2];
};

static struct line lines[lines_max];
static double delay;

static void append(struct pipe *pipe, const uint8_t *bytes, size_t count)
{
    struct chunk *chunk = malloc(sizeof *chunk + count);
    if (chunk == NULL)
        abort();
    *chunk = (struct chunk){.due = now() + delay, .count = count};
    memcpy(chunk->bytes, bytes, count);
    if (pipe->last == NULL)
        pipe->first = chunk;
    else
        pipe->last->next = chunk;
    pipe->last = chunk;
    pipe->on_its_way += count;
}

static void take_in(struct pipe *pipe)
{
    static uint8_t buffer[1 << 18];
    ssize_t count = recv(pipe->from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0)
        return append(pipe, buffer, (size_t)count);
    // The end takes its time, too: it is a chunk of no bytes.
    pipe->has_ended = true;
    append(pipe, buffer, 0);
}

static void give_out(struct pipe *pipe)
{
    pipe->waits_for_room = false;
    while (pipe->first != NULL && pipe->first->due <= now()) {
        struct chunk *chunk = pipe->first;
        while (chunk->sent < chunk->count) {
            ssize_t count = send(pipe->to, chunk->bytes + chunk->sent, chunk->count - chunk->sent,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count <= 0) {
                // Where the reader is gone, poll says so and the line is closed.
                pipe->waits_for_room = true;
                return;
            }
            chunk->sent += (size_t)count;
            pipe->on_its_way -= (size_t)count;
        }
        if (chunk->count == 0) {
            shutdown(pipe->to, SHUT_WR);
            pipe->is_over = true;
        }
        pipe->first = chunk->next;
        if (pipe->first == NULL)
            pipe->last = NULL;
        free(chunk);
    }
}

static void close_line(struct line *line)
{
    for (size_t index = 0; index < 2; index++) {
        for (struct chunk *chunk = line->pipes[index].first, *next; chunk != NULL; chunk = next) {
            next = chunk->next;
            free(chunk);
        }
        close(line->pipes[index].from);
    }
    *line = (struct line){.is_used = false};
}

static void open_line(int listener, int port)
{
    int yes = 1, client = accept(listener, NULL, NULL);
    if (client < 0)
        return;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    int server = connect_from(0, port, true);
    for (size_t index = 0; server >= 0 && index < lines_max; index++) {
        if (lines[index].is_used)
            continue;
        lines[index] = (struct line){
            .is_used = true, .pipes = {{.from = client, .to = server}, {.from = server, .to = client}}};
        return;
    }
    close(client);
    if (server >= 0)
        close(server);
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return -1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int run_delay(int port, double one_way)
{
    delay = one_way;
    int listener = listen_anywhere();
    if (listener < 0)
        return 1;
    while (true) {
        struct pollfd polls[2 + lines_max * 2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        double wakes = now() + 3600;
        for (size_t index = 0; index < lines_max * 2; index++) {
            struct line *line = &lines[index / 2];
            struct pipe *pipe = &line->pipes[index % 2], *other = &line->pipes[1 - index % 2];
            // One descriptor is what one pipe reads from and the other one writes to.
            short events = (short)((!pipe->has_ended && pipe->on_its_way < on_its_way_max ? POLLIN : 0) |
                                   (other->waits_for_room ? POLLOUT : 0));
            polls[2 + index] = (struct pollfd){.fd = line->is_used ? pipe->from : -1, .events = events};
            if (line->is_used && pipe->first != NULL && !pipe->waits_for_room && pipe->first->due < wakes)
                wakes = pipe->first->due;
        }
        double waits = wakes - now();
        waits = waits < 0 ? 0 : waits;
        struct timespec timeout = {.tv_sec = (time_t)waits, .tv_nsec = (long)((waits - (double)(time_t)waits) * 1e9)};
        ppoll(polls, 2 + lines_max * 2, &timeout, NULL);
        if (polls[0].revents != 0)
            return 0;
        if (polls[1].revents != 0)
            open_line(listener, port);
        for (size_t index = 0; index < lines_max; index++) {
            struct line *line = &lines[index];
            if (!line->is_used)
                continue;
            for (size_t way = 0; way < 2; way++) {
                short events = polls[2 + index * 2 + way].revents;
                if ((events & POLLIN) != 0 || ((events & (POLLHUP | POLLERR)) != 0 && !line->pipes[way].has_ended))
                    take_in(&line->pipes[way]);
            }
            give_out(&line->pipes[0]);
            give_out(&line->pipes[1]);
            bool is_broken = ((polls[2 + index * 2].revents | polls[3 + index * 2].revents) & POLLERR) != 0;
            if (is_broken || (line->pipes[0].is_over && line->pipes[1].is_over))
                close_line(line);
        }
    }
}
