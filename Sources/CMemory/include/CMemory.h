// What is freed is overwritten first, in every program that this target is linked into: a password or a key that a library
// copied does not outlive the library's use of it.
#pragma once

#include <stddef.h>

/// Overwrites every copy of the `count` bytes at `secret` in the heap, the one at `secret` included, if that is there: for
/// copies in buffers that a library keeps and does not give away. Costs a look at the whole heap. Does nothing where the
/// secret is so short that it might be found by chance.
void cmemory_forget(const void *secret, size_t count);

/// Frees as usual from now on, in a process that no secret reaches any more: overwriting is one more pass over what each
/// packet of a transfer was held in.
void cmemory_rest(void);

/// Leaves nothing free between what is in the heap now, in a process that is about to fork: what its children allocate then
/// lies close together behind it, and they copy few of its pages. Keeps what it fills the gaps with, and some 34 KiB more.
void cmemory_settle(void);
