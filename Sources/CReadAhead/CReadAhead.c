#define _GNU_SOURCE
#include "CReadAhead.h"

#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Two or three requests of OpenSSH's client; what of it is never touched costs no memory.
#define CAPACITY (64 * 1024)

// While there is something to hand out, so many waits in a row are for that alone: other descriptors, and whether something can
// be written, are the kernel's to say at the next one.
#define ASKED_EVERY 8

// So long a wait goes on looking before it sleeps: being woken costs more where the other side goes on sooner than that, as a
// program on the same machine or in the same rack does.
#define LOOKING_NANOSECONDS 200000

// And after one look in vain this many waits sleep at once, so that one who is far away costs next to nothing.
#define WAITS_WITHOUT_LOOKING 64

static struct {
    int descriptor;
    int unasked;
    int unlooked;
    int is_looked_for;
    size_t begin, end;
    unsigned char bytes[CAPACITY];
} ahead = {.descriptor = -1, .unlooked = WAITS_WITHOUT_LOOKING};

// The socket that is to be read ahead, once poll(2) is asked about it: where waiting went another way, what was read ahead
// would never be asked for.
static int wanted = -1;

static size_t held(void) { return ahead.end - ahead.begin; }

static ssize_t receive(int descriptor, void *buffer, size_t size, int flags) {
    return syscall(SYS_recvfrom, descriptor, buffer, size, flags, NULL, NULL);
}

void creadahead_begin(int descriptor) {
    if (wanted < 0) wanted = descriptor;
}

void creadahead_end(int descriptor) {
    if (wanted != descriptor) return;
    wanted = ahead.descriptor = -1;
    ahead.unlooked = WAITS_WITHOUT_LOOKING;
    ahead.begin = ahead.end = 0;
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags) {
    if (descriptor != ahead.descriptor || descriptor < 0) return receive(descriptor, buffer, size, flags);
    if (held() == 0) {
        // A reader of more than fits loses nothing by reading itself.
        if (flags != 0 || size >= CAPACITY) return receive(descriptor, buffer, size, flags);
        ssize_t count = receive(descriptor, ahead.bytes, CAPACITY, 0);
        if (count <= 0) return count;
        ahead.begin = 0;
        ahead.end = (size_t)count;
    }
    size_t count = held() < size ? held() : size;
    memcpy(buffer, ahead.bytes + ahead.begin, count);
    if ((flags & MSG_PEEK) == 0) ahead.begin += count;
    return (ssize_t)count;
}

static int wait_for(struct pollfd *entries, nfds_t count, int milliseconds) {
    struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    return (int)syscall(SYS_ppoll, entries, count, milliseconds < 0 ? NULL : &limit, NULL, 8);
}

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void creadahead_look(void) { ahead.is_looked_for = 1; }

static int wait_or_look(struct pollfd *entries, nfds_t count, int milliseconds) {
    int looks = ahead.is_looked_for;
    ahead.is_looked_for = 0;
    if (ahead.unlooked > 0) {
        ahead.unlooked--;
        looks = 0;
    }
    if (!looks) return wait_for(entries, count, milliseconds);
    long long end = nanoseconds() + LOOKING_NANOSECONDS;
    do {
        int ready = wait_for(entries, count, 0);
        if (ready != 0) return ready;
        // The other side may need this processor.
        sched_yield();
    } while (nanoseconds() < end);
    ahead.unlooked = WAITS_WITHOUT_LOOKING;
    return wait_for(entries, count, milliseconds);
}

int poll(struct pollfd *entries, nfds_t count, int milliseconds) {
    struct pollfd *reader = NULL;
    int may_look = 0;
    for (nfds_t index = 0; index < count && wanted >= 0; index++) {
        if (entries[index].fd != wanted) continue;
        ahead.descriptor = wanted;
        if (held() > 0 && (entries[index].events & POLLIN) != 0) reader = entries + index;
        may_look = milliseconds != 0 && (entries[index].events & POLLOUT) == 0;
    }
    if (reader == NULL) return may_look ? wait_or_look(entries, count, milliseconds) : wait_for(entries, count, milliseconds);
    int ready = 0;
    if (++ahead.unasked < ASKED_EVERY) {
        for (nfds_t index = 0; index < count; index++) entries[index].revents = 0;
    } else {
        ahead.unasked = 0;
        ready = wait_for(entries, count, 0);
        if (ready < 0) return ready;
    }
    if (reader->revents == 0) ready++;
    reader->revents |= POLLIN;
    return ready;
}
