#include "LoadGenerator.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Room for replies: the largest packet of any server, and what comes behind it.
static const size_t in_size = 1 << 20;

static int fail(struct wire *wire)
{
    ssh_session ssh = wire->session.ssh;
    fprintf(stderr, "%s: %s\n", wire->session.step, ssh == NULL ? "no connection" : ssh_get_error(ssh));
    return -1;
}

uint32_t get_number(const uint8_t *at)
{
    uint32_t wire;
    memcpy(&wire, at, sizeof wire);
    return ntohl(wire);
}

int open_wire(struct wire *wire, int port, const char *user, const char *password)
{
    *wire = (struct wire){.out_size = 1 << 16};
    wire->in = malloc(in_size);
    wire->out = malloc(wire->out_size);
    if (wire->in == NULL || wire->out == NULL || log_in(&wire->session, 0, port, user, password) != 0)
        return fail(wire);
    wire->session.step = "channel";
    wire->channel = ssh_channel_new(wire->session.ssh);
    if (wire->channel == NULL || ssh_channel_open_session(wire->channel) != SSH_OK)
        return fail(wire);
    wire->session.step = "SFTP";
    if (ssh_channel_request_sftp(wire->channel) != SSH_OK)
        return fail(wire);
    // INIT has the version in the id's place.
    begin_request(wire, fxp_init, 3);
    end_request(wire);
    struct reply reply;
    if (send_requests(wire) != 0 || take_reply(wire, &reply) != 0 || reply.type != fxp_version)
        return fail(wire);
    wire->session.step = "request";
    return 0;
}

void close_wire(struct wire *wire)
{
    if (wire->channel != NULL)
        ssh_channel_free(wire->channel);
    close_session(&wire->session);
    free(wire->in);
    free(wire->out);
}

static void add_bytes(struct wire *wire, const void *bytes, size_t count)
{
    if (wire->out_count + count > wire->out_size) {
        wire->out_size = (wire->out_count + count) * 2;
        wire->out = realloc(wire->out, wire->out_size);
        if (wire->out == NULL)
            abort();
    }
    memcpy(wire->out + wire->out_count, bytes, count);
    wire->out_count += count;
}

void add_number(struct wire *wire, uint32_t value)
{
    uint32_t number = htonl(value);
    add_bytes(wire, &number, sizeof number);
}

void add_offset(struct wire *wire, uint64_t value)
{
    add_number(wire, (uint32_t)(value >> 32));
    add_number(wire, (uint32_t)value);
}

void add_string(struct wire *wire, const void *bytes, size_t count)
{
    add_number(wire, (uint32_t)count);
    add_bytes(wire, bytes, count);
}

void begin_request(struct wire *wire, uint8_t type, uint32_t id)
{
    wire->request_start = wire->out_count;
    add_number(wire, 0);
    add_bytes(wire, &type, 1);
    add_number(wire, id);
}

void end_request(struct wire *wire)
{
    uint32_t length = htonl((uint32_t)(wire->out_count - wire->request_start - 4));
    memcpy(wire->out + wire->request_start, &length, sizeof length);
}

int send_requests(struct wire *wire)
{
    for (size_t sent = 0; sent < wire->out_count;) {
        int count = ssh_channel_write(wire->channel, wire->out + sent, (uint32_t)(wire->out_count - sent));
        if (count <= 0)
            return fail(wire);
        sent += (size_t)count;
    }
    wire->out_count = 0;
    return 0;
}

bool has_reply(struct wire *wire)
{
    size_t count = wire->in_end - wire->in_start;
    return count >= 4 && count - 4 >= get_number(wire->in + wire->in_start);
}

int take_reply(struct wire *wire, struct reply *reply)
{
    while (!has_reply(wire)) {
        if (wire->in_start > 0) {
            memmove(wire->in, wire->in + wire->in_start, wire->in_end - wire->in_start);
            wire->in_end -= wire->in_start;
            wire->in_start = 0;
        }
        int count = wire->in_end == in_size
                        ? -1
                        : ssh_channel_read(wire->channel, wire->in + wire->in_end, (uint32_t)(in_size - wire->in_end), 0);
        if (count <= 0)
            return fail(wire);
        wire->in_end += (size_t)count;
    }
    const uint8_t *packet = wire->in + wire->in_start;
    size_t length = get_number(packet);
    if (length < 5)
        return fail(wire);
    *reply = (struct reply){.type = packet[4], .id = get_number(packet + 5), .bytes = packet + 9, .count = length - 5};
    wire->in_start += 4 + length;
    return 0;
}

bool is_fine(const struct reply *reply)
{
    return reply->type == fxp_status && reply->count >= 4 && get_number(reply->bytes) == 0;
}
