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
/// A libssh session over a connected descriptor, which it owns from then on. BERTH_LOAD_CIPHER is the cipher, if it is set.
ssh_session make_ssh(int descriptor, const char *user, long timeout_seconds);
/// Connects, agrees on keys and logs in; 0, or -1 with `step` set.
int log_in(struct session *session, uint32_t source, int port, const char *user, const char *password);
/// Connects, agrees on keys, logs in, and has SFTP answer one request; 0, or -1 with `step` set.
int open_session(struct session *session, uint32_t source, int port, const char *user, const char *password);
void close_session(struct session *session);
/// Breaks the connection off under libssh's hands with a reset.
void break_session(struct session *session);
/// Writes a file of `size` bytes whose content follows from `seed`.
int upload(struct session *session, const char *path, size_t size, uint8_t seed);
/// Reads it and compares.
int download(struct session *session, const char *path, size_t size, uint8_t seed);

// wire.c

/// SFTP by packets (draft-ietf-secsh-filexfer-02) over one channel, as many under way as the caller likes: libssh's own
/// client waits for each.
struct wire {
    struct session session;
    ssh_channel channel;
    uint8_t *in, *out;
    size_t in_start, in_end, out_count, out_size, request_start;
};
/// Numbers of packets.
enum {
    fxp_init = 1, fxp_version, fxp_open, fxp_close, fxp_read, fxp_write, fxp_opendir = 11, fxp_readdir, fxp_stat = 17,
    fxp_status = 101, fxp_handle, fxp_data, fxp_name, fxp_attrs, fxp_extended = 200
};
/// A reply; its bytes, behind the id, last until the next one is taken.
struct reply {
    uint8_t type;
    uint32_t id;
    const uint8_t *bytes;
    size_t count;
};
uint32_t get_number(const uint8_t *at);
/// Logs in and begins SFTP; 0, or -1 with the step said on standard error.
int open_wire(struct wire *wire, int port, const char *user, const char *password);
void close_wire(struct wire *wire);
/// Makes a request behind those that wait to be sent: its beginning, its fields in turn, its end.
void begin_request(struct wire *wire, uint8_t type, uint32_t id);
void add_number(struct wire *wire, uint32_t value);
void add_offset(struct wire *wire, uint64_t value);
void add_string(struct wire *wire, const void *bytes, size_t count);
void end_request(struct wire *wire);
/// Sends the requests that were made.
int send_requests(struct wire *wire);
/// Whether a whole reply has come already.
bool has_reply(struct wire *wire);
/// Takes a reply, waiting for it.
int take_reply(struct wire *wire, struct reply *reply);
/// A status of zero.
bool is_fine(const struct reply *reply);

// The modes: exit statuses.
int run_logins(int port, const char *user, const char *password, double seconds, int clients);
int run_holding(int port, const char *user, const char *password, int count);
int run_partner(int port, const char *user, const char *password, double seconds, double pause, const char *source);
int run_flood(int port, int half_open, double guesses_per_second, unsigned sources, double pause, char *names);
int run_soak(int port, long logins, int workers, char *users);
int run_requests(int port, const char *user, const char *password, const char *kind, unsigned depth, double seconds,
                 double pause, const char *path);
int run_files(int port, const char *user, const char *password, const char *kind, unsigned depth, long count,
              const char *directory);
int run_listing(int port, const char *user, const char *password, const char *path);
int run_pressure(int port, const char *user, const char *password, const char *kind, double seconds, const char *path);
int run_delay(int port, double one_way);
int run_reaping(char **command);
int run_work(int port, const char *user, const char *password, const char *kind, long count, const char *path);
