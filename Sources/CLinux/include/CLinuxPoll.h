// epoll(7), eventfd(2) and signalfd(2), which Glibc's Swift module leaves out.
#pragma once
#include <stdint.h>

/// What ``clinux_poll_wait`` found.
struct clinux_ready {
    int descriptor;
    uint32_t events;
};

/// EPOLLIN, EPOLLOUT and EPOLLERR | EPOLLHUP.
extern const uint32_t clinux_readable, clinux_writable, clinux_hung_up;

int clinux_poll_create(void);
/// Adds `descriptor` with these events, or changes its events when it is there.
int clinux_poll_watch(int poll, int descriptor, uint32_t events);
int clinux_poll_forget(int poll, int descriptor);
/// Waits at most `milliseconds` (-1: for ever); returns how many of `ready` it filled, at most 64. EINTR counts as none.
int clinux_poll_wait(int poll, struct clinux_ready *ready, int capacity, int milliseconds);

/// A non-blocking eventfd; writing wakes whoever polls it.
int clinux_wakeup_create(void);
void clinux_wakeup_signal(int wakeup);
void clinux_wakeup_clear(int wakeup);

/// Blocks the signals and returns a non-blocking descriptor that they are read from.
int clinux_signals_create(const int *signals, int count);
/// The next signal, or 0.
int clinux_signals_next(int signals);
/// Gives every signal its default action, whatever was inherited or installed at start, but ignores SIGPIPE.
void clinux_signals_reset(void);
/// Lets every signal through again: undoes clinux_signals_create in a forked child.
void clinux_signals_unblock(void);
