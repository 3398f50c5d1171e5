// What a session gives up: descriptors, capabilities, names (chroot), files (Landlock),
// system calls (seccomp).
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// CAP_SYS_CHROOT as a bit of the masks below (capabilities(7)).
extern const uint64_t clinux_cap_sys_chroot;

/// Whether this process may chroot(2) as it is.
bool clinux_can_chroot(void);

/// Reduces the permitted and effective capabilities to those in `mask` that are there, and empties the inheritable and
/// ambient sets (capset(2)). EPERM when the process has others all the same.
int clinux_keep_capabilities(uint64_t mask);

/// Enters a user namespace of its own (user_namespaces(7)), in which the process has every capability and is known by
/// its own user and group id. The process must have one thread.
int clinux_enter_user_namespace(void);

/// An empty directory, open for reading, in which nothing can be made and above which nothing is: `..` is the directory
/// itself, also for a process that has left it as its root. It is the root of a file system in memory that is mounted
/// nowhere (fsmount(2)). EPERM where neither this process may mount nor a user namespace be made. Forks: the process must
/// have one thread.
int clinux_detached_directory(void);

/// Makes `directory` the root and the working directory (chroot(2)).
int clinux_change_root(int directory);

/// The version of Landlock's interface that the kernel offers, or 0 when it offers none (landlock(7)).
int clinux_landlock_abi(void);

/// Restricts this process for good to the files beneath `directory` (reading, writing, making and removing regular
/// files, directories and symbolic links; never executing), and denies TCP, signals and abstract sockets to outside
/// where the kernel can. Needs no_new_privs.
int clinux_landlock_restrict(int directory);

/// A child as by fork(2) of a process that has one thread; pthread_atfork(3) is not heeded. glibc writes to fewer pages this
/// way.
int clinux_fork(void);

/// A child as by fork(2) that shares root directory, working directory and umask with this process from here on (clone(2),
/// CLONE_FS). The process must have one thread; pthread_atfork(3) is not heeded.
int clinux_fork_sharing_root(void);

/// Children of this process leave nothing behind that would have to be waited for (SIGCHLD, SIG_IGN).
int clinux_leave_no_zombies(void);

/// Children of children that ended become this process's own (PR_SET_CHILD_SUBREAPER): no other program needs to wait for
/// them. Children don't inherit this.
int clinux_adopt_orphans(void);

/// Leaves this process the system calls that a session makes (seccomp(2)). What libraries may try without harm is refused
/// with EPERM, and so is every path below the working directory, which a session shares with its doorkeeper; calls that no
/// C library relies on yet with ENOSYS; any other call (execve, fork, kill, ptrace, …) ends the process by SIGSYS. Needs
/// no_new_privs.
int clinux_seccomp_before_login(void);

/// Takes away, on top of that, what only the way into a home needs: Landlock and seccomp are refused with EPERM from
/// here on.
int clinux_seccomp_after_login(void);

/// Leaves this process the system calls of a doorkeeper, which passes messages on, enters a home and ends; any other call
/// ends it by SIGSYS. Needs no_new_privs.
int clinux_seccomp_doorkeeper(void);

/// No process gains privileges by execve(2) any more (PR_SET_NO_NEW_PRIVS).
int clinux_no_new_privileges(void);

/// No core dump and no ptrace(2) by the same user (PR_SET_DUMPABLE).
int clinux_not_dumpable(void);

/// Ends this process when its parent ends (PR_SET_PDEATHSIG); fails when the parent is not `parent` any more.
int clinux_end_with_parent(int parent);

/// Closes every descriptor from `first` on (close_range(2)).
int clinux_close_from(unsigned int first);

/// The resources that are limited here (setrlimit(2)); the constants are not all in Glibc's Swift module.
enum clinux_resource { CLINUX_CORE, CLINUX_ADDRESS_SPACE, CLINUX_DESCRIPTORS, CLINUX_PROCESSES };

/// Sets soft and hard limit, the hard one never above what it is.
int clinux_limit(enum clinux_resource resource, uint64_t value);

/// Raises the soft limit of descriptors to the hard one, and returns it.
uint64_t clinux_raise_descriptor_limit(void);

/// SIGPROF after `seconds` of processor time of this process (setitimer(2), ITIMER_PROF).
int clinux_arm_processor_timer(long seconds);

/// fcntl(2) is variadic.
int clinux_set_nonblocking(int descriptor, bool on);
int clinux_set_close_on_exec(int descriptor, bool on);
int clinux_duplicate_from(int descriptor, int lowest);

/// waitpid(2)'s status, whose macros Swift can't call: the exit status or -1, and the signal or 0.
void clinux_wait_status(int status, int *exit_status, int *signal_number);
