/* SPDX-License-Identifier: MIT */
/* tee_checks LIBRARY REPORTS, or tee_checks LIBRARY registers: root of the guest drives the shim through the kernel's own interfaces. */
#include "check.h"
#include "provider.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_nothing(int error)
{
	mr_context *context = NULL;

	EXPECT(shim.open(MR_BACKEND_TSM, 0, &context) == MR_NO_TEE && context == NULL);
	EXPECT(last_errno() == error);
	EXPECT(shim.open(MR_BACKEND_SEV_GUEST, 0, &context) == MR_NO_TEE);
	EXPECT(shim.open(MR_BACKEND_AUTO, 0, &context) == MR_NO_TEE);
}

static void kernel_without_configfs(void)
{
	expect_nothing(ENOENT);
}

static void kernel_without_tsm(void)
{
	load_module("/lib/modules/configfs.ko", "");
	mount_configfs();
	expect_nothing(ENOENT);
}

static void kernel_without_provider(void)
{
	load_module("/lib/modules/tsm.ko", "");
	expect_nothing(ENXIO);
}

int main(int count, char **arguments)
{
	static const struct check without[] = {
		{ "a kernel without configfs has no TEE", kernel_without_configfs },
		{ "a kernel without configfs-tsm has no TEE", kernel_without_tsm },
		{ "a kernel without a provider has no TEE", kernel_without_provider },
	};
	unsigned long reports = count == 3 ? strtoul(arguments[2], NULL, 10) : 0;

	if (count == 3 && strcmp(arguments[2], "registers") == 0) {
		load_shim(arguments[1]);
		check_registers();
		return failed_checks() == 0 ? 0 : 1;
	}
	if (reports == 0)
		return 2;
	load_shim(arguments[1]);
	run_checks("Linux", without, COUNT(without), NULL);

	load_provider("tdx_guest");
	check_tsm("TDX", reports);
	unload_provider();

	load_provider("sev_guest");
	check_tsm("SNP", reports);
	check_snp();
	unload_provider();
	return failed_checks() == 0 ? 0 : 1;
}
