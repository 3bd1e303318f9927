/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "marblerun_launch.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* the same number on all architectures */
#endif

#define FIRST_DESCRIPTOR 3u
#define CLOSE_RANGE_CLOEXEC_FLAG 4u
#define LAST_SIGNAL 64

/* What this process inherited, before the runtime changed it: .NET ignores SIGPIPE and raises the limit of descriptors. */
static struct rlimit first_limit;
static int has_first_limit;
static uint8_t was_ignored[LAST_SIGNAL + 1];
static unsigned passed_descriptors; /* open from 3 on without a gap */

__attribute__((constructor)) static void remember(void)
{
	/* Without them the first files that the runtime opens would be the service's input or output. */
	while (fcntl(2, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(0, F_GETFD) < 0) {
		if (open("/dev/null", O_RDWR) < 0)
			break;
	}
	while (fcntl((int)(FIRST_DESCRIPTOR + passed_descriptors), F_GETFD) >= 0)
		passed_descriptors++;
	has_first_limit = getrlimit(RLIMIT_NOFILE, &first_limit) == 0;
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		struct sigaction action;

		was_ignored[number] = sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	}
}

static int restore_signals(void)
{
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) != 0)
			continue; /* the numbers between the standard and the real-time signals are libc's own */

		/* The exec resets handlers; until then the runtime's threads need theirs. */
		if ((action.sa_handler == SIG_IGN) == was_ignored[number])
			continue;
		memset(&action, 0, sizeof action);
		action.sa_handler = was_ignored[number] ? SIG_IGN : SIG_DFL;
		if (number != SIGKILL && number != SIGSTOP && sigaction(number, &action, NULL) != 0)
			return -1;
	}
	return 0;
}

/* Each descriptor ends with the exec, and not before: the runtime's other threads still use theirs. */
static int end_descriptors(unsigned first)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC_FLAG) == 0)
		return 0;
	if ((errno != ENOSYS && errno != EINVAL && errno != EPERM) || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -1;
	for (unsigned fd = first; fd < limit.rlim_cur && fd < 1u << 20; fd++) {
		if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0 && errno != EBADF)
			return -1;
	}
	return 0;
}

static int inherit_descriptors(unsigned count)
{
	/* Never one that the runtime opened. */
	for (unsigned fd = FIRST_DESCRIPTOR; fd < FIRST_DESCRIPTOR + count && fd < FIRST_DESCRIPTOR + passed_descriptors; fd++) {
		if (fcntl((int)fd, F_SETFD, 0) != 0)
			return -1;
	}
	return 0;
}

/*
 * By the system calls: libc's functions would change the user of all threads, by a signal that is blocked here. The other threads end with
 * the exec.
 */
static int change_user(uint32_t user, uint32_t group, const char **step)
{
	*step = "setgroups";
	if (syscall(SYS_setgroups, 0, NULL) != 0)
		return -1;
	*step = "setresgid";
	if (syscall(SYS_setresgid, group, group, group) != 0)
		return -1;
	*step = "setresuid";
	if (syscall(SYS_setresuid, user, user, user) != 0)
		return -1;
	*step = "prctl(PR_SET_NO_NEW_PRIVS)";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	*step = "the loss of root's rights";
	if (user != 0 && (syscall(SYS_getuid) != (long)user || syscall(SYS_setresuid, 0, 0, 0) == 0)) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int32_t mr_launch(const struct mr_launch *launch, const char **step)
{
	sigset_t signals;

	*step = "sigprocmask";
	sigfillset(&signals);
	if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0)
		return errno;
	*step = "close_range";
	if (end_descriptors(FIRST_DESCRIPTOR) != 0)
		return errno;
	*step = "inherited descriptors";
	if (inherit_descriptors(launch->inherited) != 0)
		return errno;
	*step = "sigaction";
	if (restore_signals() != 0)
		return errno;
	*step = "setrlimit";
	if (has_first_limit && setrlimit(RLIMIT_NOFILE, &first_limit) != 0)
		return errno;
	if ((launch->flags & MR_LAUNCH_CHANGE_USER) != 0 && change_user(launch->user, launch->group, step) != 0)
		return errno;
	*step = "sigprocmask";
	sigemptyset(&signals);
	if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0)
		return errno;
	*step = "execve";
	execve(launch->program, launch->arguments, launch->environment);
	return errno;
}
