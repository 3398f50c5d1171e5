#pragma once

/// Reads what comes over the connected socket `descriptor` in large pieces from the next poll(2) of it on, whoever calls
/// recv(2).
///
/// libssh asks poll(2) before each recv(2) and takes 4 KiB at a time: 500 system calls for a MiB. This library stands between
/// libssh and both: recv(2) of that socket reads ahead and hands out what it has, and poll(2) answers at once while there is
/// something left. Calls for other descriptors are as ever. Not thread-safe; one socket at a time. Nothing happens when there is
/// one already.
void creadahead_begin(int descriptor);

/// Ends it: what was read ahead and not handed out is gone. To be called before another socket that got its number is read.
void creadahead_end(int descriptor);

/// Has the next poll(2) that waits for that socket look for a moment whether something has come before it sleeps, provided that
/// such looks were not in vain lately.
void creadahead_look(void);
