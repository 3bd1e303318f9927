/* SPDX-License-Identifier: MIT */
/* Linux's tsm-mr (Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest): a write of a digest extends the register. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define FOLDER "/sys/devices/virtual/misc/tdx_guest/measurements/"
#define FIRST_REGISTER 2u
#define LAST_REGISTER 3u

int mr_rtmr_exists(void)
{
	int fd = sys_open(FOLDER "rtmr3:sha384", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)sys_close(fd);
	return 1;
}

int32_t mr_rtmr_extend(uint32_t index, const uint8_t *digest)
{
	char path[sizeof FOLDER + 16];

	/* The firmware and the kernel's loader own the registers 0 and 1. */
	if (index < FIRST_REGISTER || index > LAST_REGISTER)
		return mr_fail(MR_ARGUMENT, 0, "only the registers 2 and 3 can be extended");
	(void)snprintf(path, sizeof path, FOLDER "rtmr%u:sha384", index);
	/* Once and never again by itself: a repetition after an unclear failure would extend twice. */
	if (mr_write_file(path, digest, MR_DIGEST_SIZE) != 0)
		return mr_fail_errno(errno, "the register cannot be extended", path);
	return MR_OK;
}
