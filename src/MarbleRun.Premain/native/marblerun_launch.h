/* SPDX-License-Identifier: MIT */
/* The last step of the launcher: this process becomes the service. A static library; nothing of it is in the shim. */
#ifndef MARBLERUN_LAUNCH_H
#define MARBLERUN_LAUNCH_H

#include <stdint.h>

enum {
	MR_LAUNCH_CHANGE_USER = 1, /* user and group are set, and no other group */
};

enum {
	MR_LIBRARY_OS_NONE = 0,
	MR_LIBRARY_OS_GRAMINE = 1,
	MR_LIBRARY_OS_OCCLUM = 2
};

struct mr_launch {
	const char *program;       /* a path, not searched for */
	char *const *arguments;    /* arguments[0] is the name; ends in NULL */
	char *const *environment;  /* all of it; ends in NULL */
	uint32_t flags;
	uint32_t user;
	uint32_t group;
	uint32_t inherited;        /* descriptors 3 and up that the service inherits, as systemd passes them; usually 0 */
};

/*
 * Replaces this process by the program. The service finds the signals, the limit of descriptors and the descriptors 0 to 2 as the launcher
 * found them, and no other descriptor. Returns only on failure: the errno; *step is the call that failed. The process is unusable then.
 */
int32_t mr_launch(const struct mr_launch *launch, const char **step);

/* By uname, as MarbleRun's own launcher finds it. */
int32_t mr_library_os(void);

/*
 * From here on this thread, and the threads that it starts, use files with the rights of this user and group and of no other group; root
 * keeps all other rights, and may come back. Returns 0 or the errno.
 */
int32_t mr_use_files_as(uint32_t user, uint32_t group);

/* Of the first process of a machine: mounts /proc, /sys, /dev, /run and /tmp. Returns 0 or the errno; *step is the place that failed. */
int32_t mr_mount_system(const char **step);

/* Mounts configfs, unless it is mounted or the kernel does not have it. Returns 0 or the errno. */
int32_t mr_mount_configfs(void);

/* Runs a program with this process's environment to its end. Returns 0 or the errno; a signal that ends it gives 128 and its number. */
int32_t mr_run(const char *program, char *const *arguments, int32_t *exit_code);

/* Switches the machine off; the first process must not end. Returns only on failure. */
int32_t mr_power_off(void);

#endif
