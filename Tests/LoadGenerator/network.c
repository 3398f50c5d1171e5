#include "LoadGenerator.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double processor_seconds(void)
{
    double total = 0;
    int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (size_t index = 0; index < 2; index++) {
        struct rusage usage;
        getrusage(whose[index], &usage);
        total += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
        total += (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return total;
}

uint32_t loopback_address(unsigned block, unsigned place)
{
    return (127u << 24) + (block << 16) + place;
}

uint32_t parse_address(const char *text)
{
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1 ? ntohl(address.s_addr) : 0;
}

int connect_from(uint32_t source, int port, bool blocks)
{
    int yes = 1;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocks ? 0 : SOCK_NONBLOCK), 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (source != 0) {
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
        // The port is chosen when the peer is known, so that each address has all of them.
        setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        if (bind(descriptor, (struct sockaddr *)&own, sizeof own) != 0)
            goto failed;
    }
    struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(descriptor, (struct sockaddr *)&peer, sizeof peer) != 0 && (blocks || errno != EINPROGRESS))
        goto failed;
    return descriptor;
failed:
    close(descriptor);
    return -1;
}

void reset(int descriptor)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(descriptor);
}

void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static size_t put_number(uint8_t *at, uint32_t value)
{
    uint32_t wire = htonl(value);
    memcpy(at, &wire, sizeof wire);
    return sizeof wire;
}

static size_t put_string(uint8_t *at, const void *bytes, size_t count)
{
    put_number(at, (uint32_t)count);
    memcpy(at + 4, bytes, count);
    return 4 + count;
}

/// A packet before keys are agreed (RFC 4253 section 6), its padding zero.
static size_t put_packet(uint8_t *at, const uint8_t *payload, size_t count)
{
    size_t padding = 8 - (5 + count) % 8;
    if (padding < 4)
        padding += 8;
    put_number(at, (uint32_t)(1 + count + padding));
    at[4] = (uint8_t)padding;
    memcpy(at + 5, payload, count);
    memset(at + 5 + count, 0, padding);
    return 5 + count + padding;
}

void make_opening(struct opening *opening)
{
    static const char identification[] = "SSH-2.0-load\r\n";
    static const char *const lists[] = {
        "curve25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", "aes256-gcm@openssh.com",
        "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""};
    opening->identification = strlen(identification);
    memcpy(opening->bytes, identification, opening->identification);

    // SSH_MSG_KEXINIT with a cookie of zeros (RFC 4253 section 7.1).
    uint8_t payload[512] = {20};
    size_t count = 17;
    for (size_t index = 0; index < sizeof lists / sizeof lists[0]; index++)
        count += put_string(payload + count, lists[index], strlen(lists[index]));
    count += 5;
    opening->offer = opening->identification + put_packet(opening->bytes + opening->identification, payload, count);

    // SSH_MSG_KEX_ECDH_INIT (RFC 5656 section 4): any 32 bytes are a point of curve 25519. The server signs for it.
    uint8_t point[32];
    memset(point, 9, sizeof point);
    payload[0] = 30;
    count = 1 + put_string(payload + 1, point, sizeof point);
    opening->exchange = opening->offer + put_packet(opening->bytes + opening->offer, payload, count);
}
