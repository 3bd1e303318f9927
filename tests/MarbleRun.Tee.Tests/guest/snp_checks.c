/* SPDX-License-Identifier: MIT */
/* What only SEV-SNP has: certificates, privilege levels, derived keys, and /dev/sev-guest without configfs-tsm. */
#include "check.h"
#include "provider.h"

#include <errno.h>
#include <string.h>

#define REPORT_SIZE 1184
#define VMPL 0x30
#define KEY_SIZE 32
#define INVALID_PARAMETER 22u

static struct answer ask_on(mr_context *context)
{
	uint8_t report_data[MR_REPORT_DATA_SIZE];

	make_report_data(report_data, 5);
	return ask(context, report_data);
}

static bool are_certificates(const mr_blob *blob, size_t size)
{
	bool all = blob->size == size;

	for (size_t i = 0; all && i < size; i++)
		all = blob->data[i] == 0xC5;
	return all;
}

static void expect_certificates(uint32_t backend, unsigned size)
{
	mr_context *context = open_tee(backend);
	struct answer answer;

	set_parameter("certificates", size);
	answer = ask_on(context);
	EXPECT(answer.status == MR_OK && answer.evidence.size == REPORT_SIZE);
	EXPECT(are_certificates(&answer.auxiliary, size));
	free_answer(&answer);
	shim.close(context);
}

static void certificates_are_handed_on(void)
{
	expect_certificates(MR_BACKEND_TSM, 4096);
	expect_certificates(MR_BACKEND_TSM, 32768);
}

static void host_without_certificates(void)
{
	expect_certificates(MR_BACKEND_TSM, 0);
}

static void too_many_certificates(void)
{
	set_parameter("certificates", 40000);
	expect_status(MR_BACKEND_TSM, MR_TOO_LARGE);
}

/* Below a paravisor the kernel refuses level 0. */
static void lowest_privilege_level_is_asked_for(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	struct answer answer;

	set_parameter("privilege_floor", 2);
	answer = ask_on(context);
	EXPECT(answer.status == MR_OK && answer.evidence.size == REPORT_SIZE && answer.evidence.data[VMPL] == 2);
	free_answer(&answer);
	shim.close(context);
}

static int32_t derive(uint32_t backend, mr_blob *key)
{
	mr_context *context = open_tee(backend);
	mr_blob id = { .struct_size = sizeof id };
	int32_t status = MR_INTERNAL;

	*key = (mr_blob){ .struct_size = sizeof *key };
	if (context != NULL)
		status = shim.get_sealing_key(context, MR_POLICY_UNIQUE, NULL, 0, key, &id);
	expect(id.data == NULL, "the key has no identifier", __LINE__);
	expect(status == MR_OK || key->data == NULL, "a failure gives no key", __LINE__);
	shim.close(context);
	return status;
}

/* The module's key shows what was selected: the chip's root, policy (bit 0) and measurement (bit 3), no versions, VMPL 0. */
static void expect_key(uint32_t backend)
{
	mr_blob key;
	bool same = true;

	EXPECT(derive(backend, &key) == MR_OK && key.size == KEY_SIZE);
	for (unsigned i = 0; holds_so_far() && i < KEY_SIZE; i++)
		same &= key.data[i] == (uint8_t)(0x5A ^ i ^ (i == 8 ? 9 : 0));
	EXPECT(same);
	shim.blob_free(&key);
}

static void key_is_of_chip_policy_and_measurement(void)
{
	expect_key(MR_BACKEND_TSM);
}

static void key_has_no_identifier(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	mr_blob key = { .struct_size = sizeof key };
	mr_blob id = { .struct_size = sizeof id };

	EXPECT(shim.get_sealing_key(context, MR_POLICY_UNIQUE, (const uint8_t *)"id", 2, &key, &id) == MR_ARGUMENT);
	shim.close(context);
}

static void firmware_error_is_told(void)
{
	mr_blob key;

	set_parameter("firmware_error", INVALID_PARAMETER);
	EXPECT(derive(MR_BACKEND_TSM, &key) == MR_IO && last_errno() == EIO);
	EXPECT(last_words_have("error 22 of the firmware"));
}

static void status_in_the_answer_is_refused(void)
{
	mr_blob key;

	set_parameter("firmware_status", INVALID_PARAMETER);
	EXPECT(derive(MR_BACKEND_TSM, &key) == MR_PROTOCOL);
	EXPECT(last_words_have("22"));
}

static void busy_firmware_is_asked_again(void)
{
	mr_blob key;

	fail_next(EINTR, 2);
	EXPECT(derive(MR_BACKEND_TSM, &key) == MR_OK);
	shim.blob_free(&key);
	fail_next(EAGAIN, 2);
	EXPECT(derive(MR_BACKEND_TSM, &key) == MR_OK);
	shim.blob_free(&key);
}

/* A kernel before 6.7 has the device alone. */
static void device_is_found_without_configfs(void)
{
	mr_info info = { .struct_size = sizeof info };
	mr_context *context;

	unmount_configfs();
	context = open_tee(MR_BACKEND_AUTO);
	EXPECT(shim.get_info(context, &info) == MR_OK);
	EXPECT(info.backend == MR_BACKEND_SEV_GUEST && info.format == MR_FORMAT_SNP_REPORT);
	EXPECT(info.capabilities == (MR_CAN_EVIDENCE | MR_CAN_AUXILIARY | MR_CAN_KEY_UNIQUE));
	shim.close(context);
	mount_configfs();
}

static void device_gives_report_and_certificates(void)
{
	expect_certificates(MR_BACKEND_SEV_GUEST, 0x4000);
	/* Without certificates the buffer stays as it was: zeros, which end the table of certificates. */
	expect_key(MR_BACKEND_SEV_GUEST);
}

static void device_is_asked_with_more_room(void)
{
	expect_certificates(MR_BACKEND_SEV_GUEST, 20000);
}

static void device_with_too_many_certificates(void)
{
	set_parameter("certificates", 2 << 20);
	expect_status(MR_BACKEND_SEV_GUEST, MR_TOO_LARGE);
}

static void device_with_other_report_data(void)
{
	set_parameter("wrong_report_data", 1);
	expect_status(MR_BACKEND_SEV_GUEST, MR_PROTOCOL);
}

static void device_with_a_short_report(void)
{
	set_parameter("size", 10);
	expect_status(MR_BACKEND_SEV_GUEST, MR_PROTOCOL);
}

static void open_device_without_root(void)
{
	mr_context *context = NULL;

	EXPECT(shim.open(MR_BACKEND_SEV_GUEST, 0, &context) == MR_DENIED);
}

static void device_denies_a_user_without_root(void)
{
	run_as_user(1000, open_device_without_root);
}

void check_snp(void)
{
	static const struct check checks[] = {
		{ "certificates are handed on", certificates_are_handed_on },
		{ "a host without certificates", host_without_certificates },
		{ "40,000 bytes of certificates are too large for Linux 6.12", too_many_certificates },
		{ "the lowest privilege level is asked for", lowest_privilege_level_is_asked_for },
		{ "the derived key is of chip, policy and measurement", key_is_of_chip_policy_and_measurement },
		{ "the derived key has no identifier", key_has_no_identifier },
		{ "an error of the firmware has its number", firmware_error_is_told },
		{ "a status inside the firmware's answer is refused", status_in_the_answer_is_refused },
		{ "a busy firmware is asked again", busy_firmware_is_asked_again },
		{ "/dev/sev-guest is found without configfs", device_is_found_without_configfs },
		{ "/dev/sev-guest gives report, certificates and key", device_gives_report_and_certificates },
		{ "/dev/sev-guest is asked again with room for more certificates", device_is_asked_with_more_room },
		{ "/dev/sev-guest with 2 MiB of certificates is too large", device_with_too_many_certificates },
		{ "/dev/sev-guest with other report data is refused", device_with_other_report_data },
		{ "/dev/sev-guest with a report of 10 bytes is refused", device_with_a_short_report },
		{ "/dev/sev-guest denies a user without root", device_denies_a_user_without_root },
	};

	run_checks("SNP", checks, COUNT(checks), after_each_check);
}
