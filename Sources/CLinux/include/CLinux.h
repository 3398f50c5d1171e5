// Shims for what Swift can't call: variadic functions (syscall, fcntl), macros (CMSG_*), and system calls without a
// wrapper in glibc. Each returns what the system call does: -1 and errno on failure.
// The headers name no type of the system (pid_t, struct timespec): those would become this module's, not Glibc's.
#pragma once
#include "CLinuxControl.h"
#include "CLinuxFiles.h"
#include "CLinuxPoll.h"
#include "CLinuxSandbox.h"
