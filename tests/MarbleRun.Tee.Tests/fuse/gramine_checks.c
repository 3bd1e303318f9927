/* SPDX-License-Identifier: MIT */
#include "libos_checks.h"

#include <errno.h>
#include <string.h>

enum { TYPE_NONE = 1, TYPE_ABSENT = 2 };

static void finds_it(void)
{
	expect_info(MR_BACKEND_GRAMINE, "gramine", MR_FORMAT_SGX_QUOTE, MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT);
}

/* /dev/sgx is there too. */
static void occlum_is_not_there(void)
{
	mr_context *context = NULL;

	EXPECT(shim.open(MR_BACKEND_OCCLUM, 0, &context) == MR_NO_TEE && context == NULL);
}

static void quote_has_the_report_data(void)
{
	expect_evidence(MR_BACKEND_GRAMINE, SGX_QUOTE_SIZE, SGX_REPORT_DATA);
}

static void threads_get_their_own_quotes(void)
{
	expect_evidence_for_threads(MR_BACKEND_GRAMINE, SGX_REPORT_DATA);
}

static void other_report_data_are_refused(void)
{
	set_fault("wrong_report_data", 1);
	expect_status(MR_BACKEND_GRAMINE, MR_PROTOCOL);
}

static void short_quote_is_refused(void)
{
	set_fault("quote_size", 10);
	expect_status(MR_BACKEND_GRAMINE, MR_PROTOCOL);
}

static void largest_quote_is_read(void)
{
	set_fault("quote_size", 64 << 10);
	expect_status(MR_BACKEND_GRAMINE, MR_OK);
}

static void larger_quote_is_refused(void)
{
	set_fault("quote_size", (64 << 10) + 1);
	expect_status(MR_BACKEND_GRAMINE, MR_TOO_LARGE);
}

/* EACCES stands for every failure of the quoting service. */
static void failed_quote_is_no_lack_of_permission(void)
{
	set_fault("quote_error", EACCES);
	expect_status(MR_BACKEND_GRAMINE, MR_IO);
	EXPECT(last_errno() == EACCES && last_words_have("aesmd"));
}

static void denied_report_data(void)
{
	set_fault("write_error", EACCES);
	expect_status(MR_BACKEND_GRAMINE, MR_DENIED);
}

static void without_remote_attestation(void)
{
	set_fault("type", TYPE_NONE);
	expect_info(MR_BACKEND_GRAMINE, "gramine", MR_FORMAT_SGX_QUOTE, MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT);
	expect_status(MR_BACKEND_GRAMINE, MR_UNSUPPORTED);
	EXPECT(last_words_have("sgx.remote_attestation"));
}

static void gramine_direct_is_no_tee(void)
{
	mr_context *context = NULL;

	set_fault("type", TYPE_ABSENT);
	EXPECT(shim.open(MR_BACKEND_GRAMINE, 0, &context) == MR_NO_TEE);
	EXPECT(shim.open(MR_BACKEND_AUTO, 0, &context) == MR_NO_TEE && context == NULL);
}

static void expect_key(uint32_t policy, uint8_t byte)
{
	mr_blob key;
	mr_blob id;

	EXPECT(derive(MR_BACKEND_GRAMINE, policy, NULL, &key, &id) == MR_OK && key.size == 16 && id.data == NULL);
	for (size_t i = 0; i < key.size; i++)
		EXPECT(key.data[i] == byte);
	shim.blob_free(&key);
}

static void keys_are_of_measurement_and_signer(void)
{
	expect_key(MR_POLICY_UNIQUE, 0xA6);
	expect_key(MR_POLICY_PRODUCT, 0xB7);
}

static void keys_have_no_identifier(void)
{
	mr_blob key_id = { sizeof key_id, 0, (uint8_t[]){ 1 }, 1 };
	mr_blob key;
	mr_blob id;

	EXPECT(derive(MR_BACKEND_GRAMINE, MR_POLICY_UNIQUE, &key_id, &key, &id) == MR_ARGUMENT);
}

static void keys_of_other_sizes_are_refused(void)
{
	set_fault("key_size", 8);
	expect_no_key(MR_BACKEND_GRAMINE, MR_PROTOCOL);
	set_fault("key_size", 32);
	expect_no_key(MR_BACKEND_GRAMINE, MR_TOO_LARGE);
}

static void key_of_zeros_is_refused(void)
{
	set_fault("zero_key", 1);
	expect_no_key(MR_BACKEND_GRAMINE, MR_PROTOCOL);
}

static void denied_key(void)
{
	set_fault("key_error", EACCES);
	expect_no_key(MR_BACKEND_GRAMINE, MR_DENIED);
}

void check_gramine(const char *prefix)
{
	static const struct check checks[] = {
		{ "the shim finds it without a choice", finds_it },
		{ "Occlum is not there", occlum_is_not_there },
		{ "a quote has the report data that were asked for", quote_has_the_report_data },
		{ "16 threads get their own quotes", threads_get_their_own_quotes },
		{ "a quote over other report data is refused", other_report_data_are_refused },
		{ "a quote of 10 bytes is refused", short_quote_is_refused },
		{ "a quote of 64 KiB is read", largest_quote_is_read },
		{ "a larger quote is refused", larger_quote_is_refused },
		{ "a failed quote is not a lack of permission", failed_quote_is_no_lack_of_permission },
		{ "report data that may not be written", denied_report_data },
		{ "without remote attestation there are keys and no quotes", without_remote_attestation },
		{ "gramine-direct is not a TEE", gramine_direct_is_no_tee },
		{ "keys are of measurement and signer", keys_are_of_measurement_and_signer },
		{ "keys have no identifier", keys_have_no_identifier },
		{ "keys of other sizes are refused", keys_of_other_sizes_are_refused },
		{ "a key of zeros is refused", key_of_zeros_is_refused },
		{ "a key that may not be read", denied_key },
	};

	run_checks(prefix, checks, COUNT(checks), reset_faults);
}
