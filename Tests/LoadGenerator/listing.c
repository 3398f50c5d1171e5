// A large directory, one READDIR after the other as clients do it.
#include "LoadGenerator.h"

#include <stdio.h>
#include <string.h>

/// A READDIR's answer: how many names, 0 at the end, -1 when it is something else.
static long count_names(const struct reply *reply)
{
    static const uint32_t end_of_file = 1;
    if (reply->type == fxp_name && reply->count >= 4)
        return get_number(reply->bytes);
    return reply->type == fxp_status && reply->count >= 4 && get_number(reply->bytes) == end_of_file ? 0 : -1;
}

int run_listing(int port, const char *user, const char *password, const char *path)
{
    struct wire wire;
    struct reply reply;
    uint8_t handle[256];
    if (open_wire(&wire, port, user, password) != 0)
        return 1;
    double cpu = processor_seconds(), start = now(), first = 0;
    begin_request(&wire, fxp_opendir, 0);
    add_string(&wire, path, strlen(path));
    end_request(&wire);
    if (send_requests(&wire) != 0 || take_reply(&wire, &reply) != 0 || reply.type != fxp_handle)
        return 1;
    size_t size = get_number(reply.bytes);
    if (size > sizeof handle)
        return 1;
    memcpy(handle, reply.bytes + 4, size);
    long total = 0, names = 1, packets = 0, bytes = 0;
    while (names != 0) {
        begin_request(&wire, fxp_readdir, 0);
        add_string(&wire, handle, size);
        end_request(&wire);
        if (send_requests(&wire) != 0 || take_reply(&wire, &reply) != 0)
            return 1;
        names = count_names(&reply);
        if (names < 0)
            return 1;
        if (total == 0)
            first = now() - start;
        total += names;
        packets++;
        bytes += (long)reply.count;
    }
    double last = now() - start;
    cpu = processor_seconds() - cpu;
    printf("{\"count\": %ld, \"first\": %.6f, \"last\": %.6f, \"cpu_seconds\": %.4f, \"packets\": %ld, \"bytes\": %ld}\n",
           total, first, last, cpu, packets, bytes);
    close_wire(&wire);
    return 0;
}
