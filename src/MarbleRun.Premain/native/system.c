/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marblerun_launch.h"

int32_t mr_library_os(void)
{
	struct utsname name;

	if (uname(&name) != 0)
		return MR_LIBRARY_OS_NONE;
	if (strcmp(name.sysname, "Occlum") == 0)
		return MR_LIBRARY_OS_OCCLUM;
	return strcmp(name.sysname, "Linux") == 0 && strcmp(name.release, "3.10.0") == 0 && strcmp(name.version, "1") == 0
			&& strcmp(name.machine, "x86_64") == 0
		? MR_LIBRARY_OS_GRAMINE
		: MR_LIBRARY_OS_NONE;
}

int32_t mr_use_files_as(uint32_t user, uint32_t group)
{
	if (syscall(SYS_setgroups, 0, NULL) != 0)
		return errno;
	(void)syscall(SYS_setfsgid, group);
	(void)syscall(SYS_setfsuid, user);

	/* These calls report no failure; with an invalid number they return what is in force. */
	return syscall(SYS_setfsgid, -1) == (long)group && syscall(SYS_setfsuid, -1) == (long)user ? 0 : EPERM;
}

int32_t mr_mount_system(const char **step)
{
	static const struct {
		const char *type;
		const char *place;
		unsigned long flags;
		const char *options;
	} systems[] = {
		{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
		{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
		{ "devtmpfs", "/dev", MS_NOSUID, NULL },
		{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
		{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777" },
	};

	for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
		*step = systems[i].place;
		if (mkdir(systems[i].place, 0755) != 0 && errno != EEXIST)
			return errno;
		if (mount(systems[i].type, systems[i].place, systems[i].type, systems[i].flags, systems[i].options) != 0 && errno != EBUSY)
			return errno;
	}
	return 0;
}

int32_t mr_mount_configfs(void)
{
	if (mount("configfs", "/sys/kernel/config", "configfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return 0;
	/* The folder exists if the kernel has configfs: without it there is nothing to mount. */
	return errno == EBUSY || errno == ENODEV || errno == ENOENT ? 0 : errno;
}

/* With default signals: the runtime ignores SIGPIPE. */
static int spawn(pid_t *child, const char *program, char *const *arguments)
{
	posix_spawnattr_t attributes;
	sigset_t signals;
	int error = posix_spawnattr_init(&attributes);

	if (error != 0)
		return error;
	sigfillset(&signals);
	error = posix_spawnattr_setsigdefault(&attributes, &signals);
	sigemptyset(&signals);
	if (error == 0)
		error = posix_spawnattr_setsigmask(&attributes, &signals);
	if (error == 0)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawn(child, program, NULL, &attributes, arguments, environ);
	(void)posix_spawnattr_destroy(&attributes);
	return error;
}

int32_t mr_run(const char *program, char *const *arguments, int32_t *exit_code)
{
	pid_t child;
	int status;
	int error = spawn(&child, program, arguments);

	if (error != 0)
		return error;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return errno;
	}
	*exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int32_t mr_power_off(void)
{
	sync();
	return reboot(RB_POWER_OFF) == 0 ? 0 : errno;
}
