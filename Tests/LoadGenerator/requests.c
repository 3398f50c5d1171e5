// Many small things over one session, one at a time or several under way at once: STAT, OPEN with CLOSE, small files.
#include "LoadGenerator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t file_size = 1024;
static const unsigned depth_max = 1024;

enum kind { stat_path, open_path, upload_file, upload_file_durably, download_file };

/// A thing that is under way: the id of its requests is its place.
struct slot {
    long number;
    int step;
    uint8_t handle[256];
    size_t handle_count;
    double began;
};

struct work {
    struct wire wire;
    enum kind kind;
    const char *path;
    struct slot *slots;
    uint8_t *content;
    /// Seconds that each took.
    double *times;
    size_t done, room;
};

static void make_path(struct work *work, struct slot *slot, char *path, size_t size)
{
    if (work->kind == stat_path || work->kind == open_path)
        snprintf(path, size, "%s", work->path);
    else
        snprintf(path, size, "%s/%ld", work->path, slot->number);
}

static void request(struct work *work, struct slot *slot, uint8_t type)
{
    begin_request(&work->wire, type, (uint32_t)(slot - work->slots));
}

static void request_on_handle(struct work *work, struct slot *slot, uint8_t type)
{
    request(work, slot, type);
    add_string(&work->wire, slot->handle, slot->handle_count);
}

/// The first request of a thing.
static void begin(struct work *work, struct slot *slot, long number)
{
    static const uint32_t reads = 1, writes_creates_truncates = 0x1a, has_permissions = 4;
    char path[512];
    slot->number = number;
    slot->step = 0;
    slot->began = now();
    make_path(work, slot, path, sizeof path);
    request(work, slot, work->kind == stat_path ? fxp_stat : fxp_open);
    add_string(&work->wire, path, strlen(path));
    if (work->kind == upload_file || work->kind == upload_file_durably) {
        add_number(&work->wire, writes_creates_truncates);
        add_number(&work->wire, has_permissions);
        add_number(&work->wire, 0644);
    } else if (work->kind != stat_path) {
        add_number(&work->wire, reads);
        add_number(&work->wire, 0);
    }
    end_request(&work->wire);
}

/// Closes; what comes next is the last reply.
static void request_close(struct work *work, struct slot *slot)
{
    slot->step = 10;
    request_on_handle(work, slot, fxp_close);
    end_request(&work->wire);
}

/// What follows the handle.
static void go_on_with_handle(struct work *work, struct slot *slot)
{
    slot->step = 1;
    switch (work->kind) {
    case upload_file:
    case upload_file_durably:
        request_on_handle(work, slot, fxp_write);
        add_offset(&work->wire, 0);
        add_string(&work->wire, work->content, file_size);
        return end_request(&work->wire);
    case download_file:
        request_on_handle(work, slot, fxp_read);
        add_offset(&work->wire, 0);
        add_number(&work->wire, 32768);
        return end_request(&work->wire);
    default: return request_close(work, slot);
    }
}

/// Goes on after a reply: 1 when the thing is done, 0 when another request was made, -1 when it failed.
static int advance(struct work *work, struct slot *slot, const struct reply *reply)
{
    static const char fsync_name[] = "fsync@openssh.com";
    if (slot->step == 10)
        return is_fine(reply) ? 1 : -1;
    if (work->kind == stat_path)
        return reply->type == fxp_attrs ? 1 : -1;
    if (slot->step == 0) {
        if (reply->type != fxp_handle || get_number(reply->bytes) > sizeof slot->handle)
            return -1;
        slot->handle_count = get_number(reply->bytes);
        memcpy(slot->handle, reply->bytes + 4, slot->handle_count);
        go_on_with_handle(work, slot);
        return 0;
    }
    if (work->kind == download_file && (reply->type != fxp_data || get_number(reply->bytes) != file_size))
        return -1;
    if (work->kind != download_file && !is_fine(reply))
        return -1;
    if (work->kind == upload_file_durably && slot->step == 1) {
        slot->step = 2;
        request(work, slot, fxp_extended);
        add_string(&work->wire, fsync_name, strlen(fsync_name));
        add_string(&work->wire, slot->handle, slot->handle_count);
        end_request(&work->wire);
        return 0;
    }
    request_close(work, slot);
    return 0;
}

static void note(struct work *work, double seconds)
{
    if (work->done == work->room) {
        work->room = work->room * 2 + 1024;
        work->times = realloc(work->times, work->room * sizeof *work->times);
        if (work->times == NULL)
            abort();
    }
    work->times[work->done++] = seconds;
}

/// Does so many things, or things for so long (a limit of zero is none).
static int run(struct work *work, unsigned depth, long count, double seconds, double pause)
{
    double start = now();
    long begun = 0;
    unsigned open = 0;
    for (; open < depth && (count == 0 || begun < count); open++)
        begin(work, &work->slots[open], begun++);
    while (open > 0) {
        if (send_requests(&work->wire) != 0)
            return -1;
        // All that came together is answered together.
        do {
            struct reply reply;
            if (take_reply(&work->wire, &reply) != 0 || reply.id >= depth)
                return -1;
            struct slot *slot = &work->slots[reply.id];
            int result = advance(work, slot, &reply);
            if (result < 0) {
                fprintf(stderr, "answer %d of %zu bytes to step %d of thing %ld\n", reply.type, reply.count, slot->step,
                        slot->number);
                return -1;
            }
            if (result == 0)
                continue;
            double time = now();
            note(work, time - slot->began);
            if ((count != 0 && begun == count) || (seconds != 0 && time - start > seconds)) {
                open--;
                continue;
            }
            if (pause > 0)
                usleep((useconds_t)(pause * 1e6));
            begin(work, slot, begun++);
        } while (has_reply(&work->wire));
    }
    return 0;
}

static int compare(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static int perform(struct work *work, int port, const char *user, const char *password, unsigned depth, long count,
                   double seconds, double pause)
{
    if (depth == 0 || depth > depth_max)
        return 2;
    work->slots = calloc(depth, sizeof *work->slots);
    work->content = malloc(file_size);
    if (work->slots == NULL || work->content == NULL || open_wire(&work->wire, port, user, password) != 0)
        return 1;
    memset(work->content, 'b', file_size);
    double cpu = processor_seconds(), start = now();
    int result = run(work, depth, count, seconds, pause);
    double elapsed = now() - start;
    cpu = processor_seconds() - cpu;
    if (result == 0 && work->done > 0) {
        qsort(work->times, work->done, sizeof *work->times, compare);
        printf("{\"count\": %zu, \"seconds\": %.5f, \"cpu_seconds\": %.4f, \"p50\": %.7f, \"p99\": %.7f, \"max\": %.7f}\n",
               work->done, elapsed, cpu, work->times[work->done / 2], work->times[work->done * 99 / 100],
               work->times[work->done - 1]);
    }
    close_wire(&work->wire);
    free(work->slots);
    free(work->content);
    free(work->times);
    return result != 0;
}

int run_requests(int port, const char *user, const char *password, const char *kind, unsigned depth, double seconds,
                 double pause, const char *path)
{
    struct work work = {.path = path, .kind = strcmp(kind, "stat") == 0 ? stat_path : open_path};
    return perform(&work, port, user, password, depth, 0, seconds, pause);
}

int run_files(int port, const char *user, const char *password, const char *kind, unsigned depth, long count,
              const char *directory)
{
    struct work work = {.path = directory, .kind = download_file};
    if (strcmp(kind, "up") == 0)
        work.kind = upload_file;
    if (strcmp(kind, "up-fsync") == 0)
        work.kind = upload_file_durably;
    return perform(&work, port, user, password, depth, count, 0, 0);
}
