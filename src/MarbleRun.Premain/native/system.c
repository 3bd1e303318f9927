/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
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

int32_t mr_change_owner(const char *path, uint32_t user, uint32_t group)
{
	return lchown(path, user, group) == 0 ? 0 : errno;
}

int32_t mr_mount_system(const char **step)
{
	static const struct {
		const char *type;
		const char *place;
		unsigned long flags;
		int needed;
	} systems[] = {
		{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 1 },
		{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, 1 },
		{ "devtmpfs", "/dev", MS_NOSUID, 1 },
		{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, 1 },
		{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, 1 },
		{ "configfs", "/sys/kernel/config", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 }, /* kernels without it have no use for it */
	};

	for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
		*step = systems[i].place;
		if (mkdir(systems[i].place, 0755) != 0 && errno != EEXIST && systems[i].needed)
			return errno;
		if (mount(systems[i].type, systems[i].place, systems[i].type, systems[i].flags, NULL) != 0 && errno != EBUSY
			&& systems[i].needed)
			return errno;
	}
	return 0;
}

int32_t mr_power_off(void)
{
	sync();
	return reboot(RB_POWER_OFF) == 0 ? 0 : errno;
}
