#pragma once

/// Has a program that is started with these actions (a posix_spawn_file_actions_t) inherit no descriptor from `first` on.
/// Swift does not see glibc's posix_spawn_file_actions_addclosefrom_np.
int spawn_close_from(void *actions, int first);
