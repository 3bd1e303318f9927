/* SPDX-License-Identifier: MIT */
/* The registers of TDX in Linux 6.16 and later. The values of register 3 are printed: the test on the host knows what they should be. */
#include "check.h"
#include "provider.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/sys/devices/virtual/misc/tdx_guest/measurements/"
#define REGISTER_OF_QUOTE(index) (376 + (index) * MR_DIGEST_SIZE)

static void make_digest(uint8_t *digest, uint8_t first)
{
	for (unsigned i = 0; i < MR_DIGEST_SIZE; i++)
		digest[i] = (uint8_t)(first + i);
}

static void read_register(unsigned index, uint8_t *value)
{
	char path[sizeof FOLDER + 16];
	int file;

	(void)snprintf(path, sizeof path, FOLDER "rtmr%u:sha384", index);
	file = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT(file >= 0 && read(file, value, MR_DIGEST_SIZE) == (ssize_t)MR_DIGEST_SIZE);
	(void)close(file);
}

/* Register 3 in the next quote, which is what the kernel shows. */
static void print_register(const mr_context *context)
{
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	uint8_t value[MR_DIGEST_SIZE];
	struct answer answer;

	make_report_data(report_data, 3);
	answer = ask(context, report_data);
	EXPECT(answer.status == MR_OK && answer.evidence.size >= REGISTER_OF_QUOTE(4));
	read_register(3, value);
	EXPECT(answer.status == MR_OK && memcmp(answer.evidence.data + REGISTER_OF_QUOTE(3), value, sizeof value) == 0);
	printf("# rtmr3 ");
	for (unsigned i = 0; i < sizeof value; i++)
		printf("%02x", value[i]);
	printf("\n");
	free_answer(&answer);
}

static void shim_finds_the_registers(void)
{
	mr_info info = { .struct_size = sizeof info };
	mr_context *context = open_tee(MR_BACKEND_AUTO);

	EXPECT(shim.get_info(context, &info) == MR_OK && info.backend == MR_BACKEND_TSM);
	EXPECT(info.capabilities == (MR_CAN_EVIDENCE | MR_CAN_EXTEND));
	shim.close(context);
}

static void quotes_have_the_extended_register(void)
{
	uint8_t digest[MR_DIGEST_SIZE];
	mr_context *context = open_tee(MR_BACKEND_TSM);

	print_register(context);
	make_digest(digest, 1);
	EXPECT(shim.extend(context, 3, digest, sizeof digest) == MR_OK);
	print_register(context);
	make_digest(digest, 101);
	EXPECT(shim.extend(context, 3, digest, sizeof digest) == MR_OK);
	print_register(context);
	shim.close(context);
}

/* Extends, and expects that no register changed but the one that is named. */
static void extend(unsigned index, size_t size, int32_t status, unsigned changed)
{
	uint8_t digest[MR_DIGEST_SIZE + 1];
	uint8_t before[4][MR_DIGEST_SIZE];
	uint8_t after[4][MR_DIGEST_SIZE];
	mr_context *context = open_tee(MR_BACKEND_TSM);

	make_digest(digest, 7);
	for (unsigned i = 0; i < 4; i++)
		read_register(i, before[i]);
	EXPECT(shim.extend(context, index, digest, size) == status);
	for (unsigned i = 0; i < 4; i++) {
		read_register(i, after[i]);
		EXPECT((memcmp(before[i], after[i], MR_DIGEST_SIZE) != 0) == (i == changed));
	}
	shim.close(context);
}

static void register_2_is_another(void)
{
	extend(2, MR_DIGEST_SIZE, MR_OK, 2);
}

static void digests_of_other_sizes_are_refused(void)
{
	extend(3, 0, MR_ARGUMENT, 4);
	extend(3, 32, MR_ARGUMENT, 4);
	extend(3, MR_DIGEST_SIZE - 1, MR_ARGUMENT, 4);
	extend(3, MR_DIGEST_SIZE + 1, MR_ARGUMENT, 4);
}

static void other_registers_are_refused(void)
{
	extend(0, MR_DIGEST_SIZE, MR_ARGUMENT, 4);
	extend(1, MR_DIGEST_SIZE, MR_ARGUMENT, 4);
	extend(4, MR_DIGEST_SIZE, MR_ARGUMENT, 4);
	extend(UINT32_MAX, MR_DIGEST_SIZE, MR_ARGUMENT, 4);
}

static void kernel_refuses_short_writes(void)
{
	uint8_t digest[MR_DIGEST_SIZE];
	uint8_t before[MR_DIGEST_SIZE];
	uint8_t after[MR_DIGEST_SIZE];
	int file = open(FOLDER "rtmr3:sha384", O_WRONLY | O_CLOEXEC);

	make_digest(digest, 7);
	read_register(3, before);
	EXPECT(file >= 0 && write(file, digest, 10) == -1 && errno == EINVAL);
	(void)close(file);
	read_register(3, after);
	EXPECT(memcmp(before, after, sizeof before) == 0);
}

static mr_context *of_root;

static void extend_without_root(void)
{
	uint8_t digest[MR_DIGEST_SIZE];

	make_digest(digest, 7);
	EXPECT(shim.extend(of_root, 3, digest, sizeof digest) == MR_DENIED);
	EXPECT(last_errno() == EACCES);
}

static void user_without_root_is_denied(void)
{
	uint8_t before[MR_DIGEST_SIZE];
	uint8_t after[MR_DIGEST_SIZE];

	of_root = open_tee(MR_BACKEND_TSM);
	read_register(3, before);
	run_as_user(1000, extend_without_root);
	read_register(3, after);
	EXPECT(memcmp(before, after, sizeof before) == 0);
	shim.close(of_root);
}

static void snp_has_no_registers(void)
{
	uint8_t digest[MR_DIGEST_SIZE];
	mr_context *context = open_tee(MR_BACKEND_TSM);

	make_digest(digest, 7);
	EXPECT(shim.extend(context, 3, digest, sizeof digest) == MR_UNSUPPORTED);
	shim.close(context);
}

void check_registers(void)
{
	static const struct check tdx[] = {
		{ "the shim finds the registers", shim_finds_the_registers },
		{ "the next quote has the extended register 3", quotes_have_the_extended_register },
		{ "an extension of register 2 changes no other", register_2_is_another },
		{ "digests of other sizes are refused", digests_of_other_sizes_are_refused },
		{ "other registers are refused", other_registers_are_refused },
		{ "Linux refuses a short write", kernel_refuses_short_writes },
		{ "a user without root is denied an extension", user_without_root_is_denied },
	};
	static const struct check snp[] = { { "there are no registers", snp_has_no_registers } };

	load_module("/lib/modules/configfs.ko", "");
	mount_configfs();
	load_module("/lib/modules/tsm.ko", "");
	load_provider("tdx_guest");
	run_checks("TDX", tdx, COUNT(tdx), after_each_check);
	unload_provider();
	load_provider("sev_guest");
	run_checks("SNP", snp, COUNT(snp), after_each_check);
	unload_provider();
}
