/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "provider.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULE "mr_test_tee"

const char *provider_name = "";

static void die(const char *what)
{
	printf("not ok the guest is set up: %s: %s\n", what, strerror(errno));
	exit(1);
}

void load_module(const char *path, const char *parameters)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || syscall(SYS_finit_module, file, parameters, 0) != 0)
		die(path);
	(void)close(file);
}

void load_provider(const char *name)
{
	char parameters[64];

	(void)snprintf(parameters, sizeof parameters, "provider=%s", name);
	load_module("/lib/modules/" MODULE ".ko", parameters);
	provider_name = name;
}

void unload_provider(void)
{
	if (syscall(SYS_delete_module, MODULE, O_NONBLOCK) != 0)
		die("the module is removed");
	provider_name = "";
}

void mount_configfs(void)
{
	if (mount("none", "/sys/kernel/config", "configfs", 0, NULL) != 0)
		die("configfs is mounted");
}

void unmount_configfs(void)
{
	if (umount("/sys/kernel/config") != 0)
		die("configfs is unmounted");
}

void set_parameter(const char *name, unsigned value)
{
	char path[96];
	char text[16];
	int length = snprintf(text, sizeof text, "%u", value);
	int file;

	(void)snprintf(path, sizeof path, "/sys/module/" MODULE "/parameters/%s", name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, text, (size_t)length) != length)
		die(path);
	(void)close(file);
}

void fail_next(int error, unsigned count)
{
	set_parameter("error", (unsigned)error);
	set_parameter("failures", count);
}

static int folders(void)
{
	DIR *folder = opendir(REPORTS);
	struct dirent *entry;
	int count = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		count += entry->d_name[0] != '.';
	if (folder != NULL)
		(void)closedir(folder);
	return count;
}

void after_each_check(void)
{
	expect(folders() == 0, "no folder of a request is left", __LINE__);
	if (*provider_name == 0)
		return;
	fail_next(0, 0);
	set_parameter("delay_ms", 0);
	set_parameter("wrong_report_data", 0);
	set_parameter("size", 0);
	set_parameter("certificates", 4096);
	set_parameter("firmware_error", 0);
	set_parameter("firmware_status", 0);
	set_parameter("privilege_floor", 0);
}

void run_as_user(unsigned user, void (*run)(void))
{
	int status = -1;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		/* What the user may not do must be a matter of the interface, and not of the folders above it. */
		EXPECT(setgid(user) == 0 && setuid(user) == 0);
		EXPECT(access(REPORTS, X_OK) == 0);
		run();
		(void)fflush(stdout);
		_exit(holds_so_far() ? 0 : 1);
	}
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "what the process of another user expects holds", __LINE__);
}
