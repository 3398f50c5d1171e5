// A flood from many addresses, by one process and one epoll: connections that are begun and never log in, held by the
// thousand, and so many password guesses a second. Ends with its standard input and prints what came of it as JSON.
#include "LoadGenerator.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/// The most guesses that are under way at once.
static const int guesses_max = 4096;
/// Seconds that a guess waits for its answer.
static const double guess_patience = 15;
/// Seconds between two looks at what is due.
static const double tick = 0.02;

enum kind { silent, slow_identification, offer, exchange, kinds };

/// A connection that is begun and left; when the server drops it another takes its place.
struct slot {
    bool is_guess;
    int descriptor;
    enum kind kind;
    bool is_connected, is_greeted;
    size_t sent;
    /// When to connect again, or to send the next byte.
    double due;
};

struct guess {
    bool is_guess;
    int descriptor;
    ssh_session ssh;
    const char *name;
    enum { guess_connecting, guess_exchanging, guess_asking } stage;
    double deadline;
};

struct counts {
    unsigned long connected, greeted, refused, dropped, failed_to_connect;
    unsigned long guesses, answered, admitted, guesses_refused, guesses_cut, guesses_late, guesses_skipped;
    double held_sum, greeted_sum;
    unsigned long samples;
};

static int epoll, target;
static unsigned source_count;
static double reconnect_pause;
static struct opening opening;
static struct counts counts;
static char *names[16];
static int name_count;
static struct guess **open_guesses;
static int open_guess_count;

static uint32_t any_source(void)
{
    // One in each /24: a flood shares no network.
    unsigned place = (unsigned)random() % source_count;
    return loopback_address(64 + place % 64, (place / 64 % 256) << 8) + 1 + place / (64 * 256) % 250;
}

static void watch(int operation, int descriptor, uint32_t events, void *of)
{
    struct epoll_event event = {.events = events, .data.ptr = of};
    epoll_ctl(epoll, operation, descriptor, &event);
}

static void begin_slot(struct slot *slot)
{
    slot->descriptor = connect_from(any_source(), target, false);
    slot->is_connected = slot->is_greeted = false;
    slot->sent = 0;
    slot->due = now() + reconnect_pause;
    if (slot->descriptor < 0)
        counts.failed_to_connect++;
    else
        watch(EPOLL_CTL_ADD, slot->descriptor, EPOLLOUT | EPOLLIN, slot);
}

static void drop_slot(struct slot *slot)
{
    if (slot->is_greeted)
        counts.dropped++;
    else if (slot->is_connected)
        counts.refused++;
    else
        counts.failed_to_connect++;
    close(slot->descriptor);
    slot->descriptor = -1;
    slot->due = now() + reconnect_pause;
}

static void send_opening(struct slot *slot, size_t end)
{
    if (slot->sent >= end)
        return;
    ssize_t count = send(slot->descriptor, opening.bytes + slot->sent, end - slot->sent, MSG_NOSIGNAL);
    if (count > 0)
        slot->sent += (size_t)count;
}

static void slot_ready(struct slot *slot, uint32_t events)
{
    char buffer[4096];
    if (slot->descriptor < 0)
        return;
    if (!slot->is_connected && (events & EPOLLOUT) != 0 && (events & (EPOLLERR | EPOLLHUP)) == 0) {
        slot->is_connected = true;
        counts.connected++;
        watch(EPOLL_CTL_MOD, slot->descriptor, EPOLLIN, slot);
        if (slot->kind == offer)
            send_opening(slot, opening.offer);
        if (slot->kind == exchange)
            send_opening(slot, opening.exchange);
        return;
    }
    ssize_t count = recv(slot->descriptor, buffer, sizeof buffer, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0)
        return drop_slot(slot);
    if (!slot->is_greeted && count >= 4 && memcmp(buffer, "SSH-", 4) == 0) {
        slot->is_greeted = true;
        counts.greeted++;
    }
}

static void begin_guess(void)
{
    if (open_guess_count == guesses_max) {
        counts.guesses_skipped++;
        return;
    }
    int descriptor = connect_from(any_source(), target, false);
    struct guess *guess = descriptor < 0 ? NULL : calloc(1, sizeof *guess);
    if (guess == NULL) {
        counts.guesses_skipped++;
        return;
    }
    *guess = (struct guess){.is_guess = true, .descriptor = descriptor, .deadline = now() + guess_patience};
    guess->name = names[counts.guesses++ % (unsigned long)name_count];
    open_guesses[open_guess_count++] = guess;
    watch(EPOLL_CTL_ADD, descriptor, EPOLLOUT, guess);
}

static void end_guess(struct guess *guess)
{
    for (int index = 0; index < open_guess_count; index++)
        if (open_guesses[index] == guess)
            open_guesses[index] = open_guesses[--open_guess_count];
    // Closes the descriptor, too, once it has it.
    if (guess->ssh != NULL)
        ssh_free(guess->ssh);
    else
        close(guess->descriptor);
    free(guess);
}

/// Goes on with a guess; whether it is over.
static bool advance_guess(struct guess *guess)
{
    if (guess->stage == guess_connecting) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(guess->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error == 0)
            guess->ssh = make_ssh(guess->descriptor, guess->name, 60);
        if (guess->ssh == NULL) {
            counts.guesses_refused++;
            return true;
        }
        ssh_set_blocking(guess->ssh, 0);
        guess->stage = guess_exchanging;
    }
    if (guess->stage == guess_exchanging) {
        int result = ssh_connect(guess->ssh);
        if (result == SSH_AGAIN)
            return false;
        if (result != SSH_OK) {
            if (ssh_get_serverbanner(guess->ssh) == NULL)
                counts.guesses_refused++;
            else
                counts.guesses_cut++;
            return true;
        }
        guess->stage = guess_asking;
    }
    switch (ssh_userauth_password(guess->ssh, NULL, "Wr0ngPassw0rdXYZ")) {
    case SSH_AUTH_AGAIN: return false;
    case SSH_AUTH_SUCCESS: counts.admitted++; break;
    case SSH_AUTH_ERROR: counts.guesses_cut++; break;
    default: counts.answered++;
    }
    return true;
}

static void guess_ready(struct guess *guess)
{
    if (advance_guess(guess))
        return end_guess(guess);
    bool writes = (ssh_get_poll_flags(guess->ssh) & SSH_WRITE_PENDING) != 0;
    watch(EPOLL_CTL_MOD, guess->descriptor, writes ? EPOLLIN | EPOLLOUT : EPOLLIN, guess);
}

/// What is due by the clock: connections anew, the next byte of those that are slow, guesses without an answer.
static void perform_due(struct slot *slots, int count, double time)
{
    unsigned long held = 0, greeted = 0;
    for (int index = 0; index < count; index++) {
        struct slot *slot = &slots[index];
        held += slot->is_connected && slot->descriptor >= 0;
        greeted += slot->is_greeted && slot->descriptor >= 0;
        if (time < slot->due)
            continue;
        if (slot->descriptor < 0) {
            begin_slot(slot);
        } else if (slot->kind == slow_identification && slot->is_connected) {
            // Never the line break.
            send_opening(slot, slot->sent + 3 < opening.identification ? slot->sent + 1 : slot->sent);
            slot->due = time + 1;
        }
    }
    counts.held_sum += (double)held;
    counts.greeted_sum += (double)greeted;
    counts.samples++;
    for (int index = open_guess_count - 1; index >= 0; index--) {
        if (time < open_guesses[index]->deadline)
            continue;
        counts.guesses_late++;
        end_guess(open_guesses[index]);
    }
}

static void print_counts(double seconds)
{
    double samples = counts.samples == 0 ? 1 : (double)counts.samples;
    printf("{\"seconds\": %.2f, \"cpu_seconds\": %.2f, \"held\": %.1f, \"held_greeted\": %.1f, ", seconds,
           processor_seconds(), counts.held_sum / samples, counts.greeted_sum / samples);
    printf("\"connected\": %lu, \"greeted\": %lu, \"dropped\": %lu, \"refused\": %lu, \"failed_to_connect\": %lu, ",
           counts.connected, counts.greeted, counts.dropped, counts.refused, counts.failed_to_connect);
    printf("\"guesses\": %lu, \"answered\": %lu, \"admitted\": %lu, \"guesses_refused\": %lu, \"guesses_cut\": %lu, ",
           counts.guesses, counts.answered, counts.admitted, counts.guesses_refused, counts.guesses_cut);
    printf("\"guesses_late\": %lu, \"guesses_skipped\": %lu}\n", counts.guesses_late, counts.guesses_skipped);
    fflush(stdout);
}

int run_flood(int port, int half_open, double guesses_per_second, unsigned sources, double pause, char *name_list)
{
    raise_descriptor_limit();
    make_opening(&opening);
    target = port;
    source_count = sources == 0 ? 1 : sources;
    reconnect_pause = pause;
    for (char *name = strtok(name_list, ","); name != NULL && name_count < 16; name = strtok(NULL, ","))
        names[name_count++] = name;
    struct slot *slots = calloc((size_t)half_open + 1, sizeof *slots);
    open_guesses = calloc((size_t)guesses_max, sizeof *open_guesses);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (slots == NULL || open_guesses == NULL || epoll < 0 || (name_count == 0 && guesses_per_second > 0))
        return 2;
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);

    double start = now(), looked_at = 0;
    for (int index = 0; index < half_open; index++) {
        slots[index].kind = (enum kind)(index % kinds);
        slots[index].descriptor = -1;
        // Not all in one moment: they come within the first second.
        slots[index].due = start + (double)index / half_open;
    }
    bool is_announced = false;
    while (true) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, (int)(tick * 1e3));
        for (int index = 0; index < ready; index++) {
            bool *is_guess = events[index].data.ptr;
            char ignored[16];
            if (is_guess == NULL) {
                if (read(STDIN_FILENO, ignored, sizeof ignored) > 0)
                    continue;
                print_counts(now() - start);
                return 0;
            }
            if (*is_guess)
                guess_ready((struct guess *)(void *)is_guess);
            else
                slot_ready((struct slot *)(void *)is_guess, events[index].events);
        }
        double time = now();
        if (time - looked_at < tick)
            continue;
        looked_at = time;
        perform_due(slots, half_open, time);
        while ((double)(counts.guesses + counts.guesses_skipped) < (time - start) * guesses_per_second)
            begin_guess();
        if (!is_announced && time - start > 2) {
            is_announced = true;
            puts("flooding");
            fflush(stdout);
        }
    }
}
