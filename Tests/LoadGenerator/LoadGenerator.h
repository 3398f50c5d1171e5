// Load for scripts/bench and for the tests: partners, floods and clients without manners, all on 127.0.0.0/8.
#pragma once
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// network.c

/// Seconds by the monotonic clock.
double now(void);
/// Seconds of processor time of this process and of its children that have ended.
double processor_seconds(void);
/// An address of 127.0.0.0/8, in host order, by its place: 127.BLOCK.0.0 and those that follow.
uint32_t loopback_address(unsigned block, unsigned place);
/// An address in host order; 0 when the text is none.
uint32_t parse_address(const char *text);
/// A TCP connection to 127.0.0.1 from an address of 127.0.0.0/8 (0: any). Not waited for where it does not block; -1 on
/// failure.
int connect_from(uint32_t source, int port, bool blocks);
/// Closes with a reset: the peer loses whatever it has not read.
void reset(int descriptor);
/// As many descriptors as the system gives.
void raise_descriptor_limit(void);

/// What a client says first, byte for byte.
struct opening {
    uint8_t bytes[1024];
    /// Bytes up to the end of the identification string, of the KEXINIT, and of the key exchange's first message.
    size_t identification, offer, exchange;
};
void make_opening(struct opening *opening);

// session.c

/// A partner who is logged in.
struct session {
    ssh_session ssh;
    sftp_session sftp;
    /// The step that failed.
    const char *step;
};
/// A libssh session over a connected descriptor, which it owns from then on.
ssh_session make_ssh(int descriptor, const char *user, long timeout_seconds);
/// Connects, agrees on keys, logs in, and has SFTP answer one request; 0, or -1 with `step` set.
int open_session(struct session *session, uint32_t source, int port, const char *user, const char *password);
void close_session(struct session *session);
/// Breaks the connection off under libssh's hands with a reset.
void break_session(struct session *session);
/// Writes a file of `size` bytes whose content follows from `seed`.
int upload(struct session *session, const char *path, size_t size, uint8_t seed);
/// Reads it and compares.
int download(struct session *session, const char *path, size_t size, uint8_t seed);

// The modes: exit statuses.
int run_logins(int port, const char *user, const char *password, double seconds, int clients);
int run_holding(int port, const char *user, const char *password, int count);
int run_partner(int port, const char *user, const char *password, double seconds, double pause, const char *source);
int run_flood(int port, int half_open, double guesses_per_second, unsigned sources, double pause, char *names);
int run_soak(int port, long logins, int workers, char *users);
