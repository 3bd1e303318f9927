/* SPDX-License-Identifier: MIT */
#include "system.h"

#include <time.h>

void mr_sleep(unsigned milliseconds)
{
	struct timespec wait = { (time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000 };

	/* A signal may end it early: the caller looks at the clock. */
	(void)nanosleep(&wait, NULL);
}

int64_t mr_now(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 : 0;
}
