/* SPDX-License-Identifier: MIT */
#include "fake_system.h"

/* For tests in other languages: a new world whose platform lies about the report data, or whose call fails so many times. */
__attribute__((visibility("default"))) void mr_fake_reset(
	int32_t world, int32_t lies, int32_t fault_call, int32_t fault_errno, int32_t fault_count);

void mr_fake_reset(int32_t world, int32_t lies, int32_t fault_call, int32_t fault_errno, int32_t fault_count)
{
	fake_reset((enum fake_world)world);
	fake.lies = lies;
	fake.fault_call = (char)fault_call;
	fake.fault_errno = fault_errno;
	fake.fault_count = fault_count;
}

/* Another machine, other code, or other microcode (0: the natural one), after a reset. */
__attribute__((visibility("default"))) void mr_fake_platform(int32_t machine, int32_t code, int32_t cpu_svn);

void mr_fake_platform(int32_t machine, int32_t code, int32_t cpu_svn)
{
	fake.machine = (uint8_t)machine;
	fake.code = (uint8_t)code;
	fake.cpu_svn = (uint8_t)cpu_svn;
}

/* How often a measurement register was extended since the reset. */
__attribute__((visibility("default"))) int32_t mr_fake_extensions(void);

int32_t mr_fake_extensions(void)
{
	return fake.rtmr_writes;
}
