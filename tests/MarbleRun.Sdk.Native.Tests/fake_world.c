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
