// Clients that a server must hold its memory against: one that takes no answers, one that never waits for them.
#include "LoadGenerator.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static const uint32_t piece = 32768;
/// Of the file that is read and of the one that is written; both wrap round.
static const uint64_t span = 64 << 20;

struct file {
    uint8_t handle[256];
    size_t count;
    uint64_t offset;
};

static int open_file(struct wire *wire, struct file *file, const char *path, uint32_t flags)
{
    struct reply reply;
    begin_request(wire, fxp_open, 0);
    add_string(wire, path, strlen(path));
    add_number(wire, flags);
    add_number(wire, 0);
    end_request(wire);
    if (send_requests(wire) != 0 || take_reply(wire, &reply) != 0 || reply.type != fxp_handle)
        return -1;
    file->count = get_number(reply.bytes);
    if (file->count > sizeof file->handle)
        return -1;
    memcpy(file->handle, reply.bytes + 4, file->count);
    return 0;
}

static void add_transfer(struct wire *wire, struct file *file, uint8_t type, uint32_t id)
{
    static const uint8_t content[32768];
    begin_request(wire, type, id);
    add_string(wire, file->handle, file->count);
    add_offset(wire, file->offset);
    if (type == fxp_write)
        add_string(wire, content, piece);
    else
        add_number(wire, piece);
    end_request(wire);
    file->offset = (file->offset + piece) % span;
}

/// READs for as long as the server's window lets them through.
static long stall(struct wire *wire, struct file *source, double end)
{
    long sent = 0;
    while (now() < end) {
        add_transfer(wire, source, fxp_read, (uint32_t)sent);
        // Nothing more is read from here on, so the window never grows.
        if (ssh_channel_window_size(wire->channel) < wire->out_count || send_requests(wire) != 0)
            break;
        sent++;
    }
    while (now() < end)
        poll(NULL, 0, 20);
    return sent;
}

/// Requests without end, as fast as the window and the socket take them; answers are thrown away.
static long flood(struct wire *wire, struct file *source, struct file *target, double end, uint32_t *window)
{
    static uint8_t answers[1 << 20];
    long sent = 0;
    ssh_set_blocking(wire->session.ssh, 0);
    while (now() < end) {
        uint32_t offered = ssh_channel_window_size(wire->channel);
        *window = offered > *window ? offered : *window;
        int count = ssh_channel_read_nonblocking(wire->channel, answers, sizeof answers, 0);
        if (count < 0)
            return -1;
        bool writes = (ssh_get_poll_flags(wire->session.ssh) & SSH_WRITE_PENDING) != 0;
        if (wire->out_count == 0) {
            for (uint32_t id = 0; id < 4; id++) {
                add_transfer(wire, source, fxp_read, id);
                begin_request(wire, fxp_stat, id);
                add_string(wire, ".", 1);
                end_request(wire);
            }
            add_transfer(wire, target, fxp_write, 4);
        }
        if (!writes && offered >= wire->out_count) {
            if (send_requests(wire) != 0)
                return -1;
            sent += 9;
        } else if (count == 0) {
            struct pollfd socket = {
                .fd = ssh_get_fd(wire->session.ssh), .events = (short)(POLLIN | (writes ? POLLOUT : 0))};
            poll(&socket, 1, 20);
        }
    }
    return sent;
}

int run_pressure(int port, const char *user, const char *password, const char *kind, double seconds, const char *path)
{
    static const uint32_t reads = 1, writes_creates_truncates = 0x1a;
    struct wire wire;
    struct file source = {.offset = 0}, target = {.offset = 0};
    bool is_flood = strcmp(kind, "flood") == 0;
    if (open_wire(&wire, port, user, password) != 0)
        return 1;
    uint32_t window = ssh_channel_window_size(wire.channel);
    puts("held");
    fflush(stdout);
    if (getchar() == EOF || open_file(&wire, &source, path, reads) != 0)
        return 1;
    if (is_flood && open_file(&wire, &target, "flooded", writes_creates_truncates) != 0)
        return 1;
    double end = now() + seconds;
    long sent = is_flood ? flood(&wire, &source, &target, end, &window) : stall(&wire, &source, end);
    printf("{\"sent\": %ld, \"window\": %u}\n", sent, window);
    fflush(stdout);
    break_session(&wire.session);
    return sent < 0;
}
