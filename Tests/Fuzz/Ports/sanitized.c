// What scripts/fuzz links into the berth-sftpd that it builds with AddressSanitizer, and nothing else ever does.

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The sanitizer keeps a shadow of the whole address space: a session's limit of it would leave no memory at all.
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
    if (resource == RLIMIT_AS) return 0;
    return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

// A finding ends the session by a signal, which the listener logs with what the sanitizer wrote. In there no program can be
// started that would name the lines: llvm-symbolizer does it afterwards.
const char *__asan_default_options(void) {
    return "abort_on_error=1:detect_leaks=0:symbolize=0:use_sigaltstack=0:quarantine_size_mb=8:"
           "allocator_release_to_os_interval_ms=1000:detect_stack_use_after_return=0";
}
