/* SPDX-License-Identifier: MIT */
#include "libos_checks.h"

#include <errno.h>

enum { ID_ISV_SVN = 6 };

static void finds_it(void)
{
	expect_info(
		MR_BACKEND_OCCLUM, "occlum", MR_FORMAT_SGX_QUOTE, MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID);
}

static void quote_has_the_report_data(void)
{
	expect_evidence(MR_BACKEND_OCCLUM, SGX_QUOTE_SIZE, SGX_REPORT_DATA);
}

static void threads_get_their_own_quotes(void)
{
	expect_evidence_for_threads(MR_BACKEND_OCCLUM, SGX_REPORT_DATA);
}

static void other_report_data_are_refused(void)
{
	set_fault("wrong_report_data", 1);
	expect_status(MR_BACKEND_OCCLUM, MR_PROTOCOL);
}

static void announced_sizes_are_checked(void)
{
	set_fault("quote_size", 10);
	expect_status(MR_BACKEND_OCCLUM, MR_PROTOCOL);
	set_fault("quote_size", 70000);
	expect_status(MR_BACKEND_OCCLUM, MR_TOO_LARGE);
}

static void quoting_service_that_is_not_ready(void)
{
	set_fault("size_error", EINVAL);
	expect_status(MR_BACKEND_OCCLUM, MR_IO);
	EXPECT(last_words_have("aesmd"));
}

static void failed_quote(void)
{
	set_fault("quote_error", EINVAL);
	expect_status(MR_BACKEND_OCCLUM, MR_IO);
	EXPECT(last_errno() == EINVAL && last_words_have("aesmd"));
}

static void denied_device(void)
{
	set_fault("device_error", EACCES);
	expect_status(MR_BACKEND_OCCLUM, MR_DENIED);
	expect_no_key(MR_BACKEND_OCCLUM, MR_DENIED);
}

static void keys_are_of_their_identifier(void)
{
	expect_keys_with_identifiers(MR_BACKEND_OCCLUM);
}

/* The processor refuses it: the identifier is from a later version of the app. */
static void identifier_of_a_newer_version_is_refused(void)
{
	mr_blob key;
	mr_blob id;
	mr_blob again;
	mr_blob none;

	EXPECT(derive(MR_BACKEND_OCCLUM, MR_POLICY_UNIQUE, NULL, &key, &id) == MR_OK);
	if (holds_so_far()) {
		id.data[ID_ISV_SVN]++;
		EXPECT(derive(MR_BACKEND_OCCLUM, MR_POLICY_UNIQUE, &id, &again, &none) == MR_IO);
	}
	shim.blob_free(&key);
	shim.blob_free(&id);
}

static void failed_key(void)
{
	set_fault("key_error", EINVAL);
	expect_no_key(MR_BACKEND_OCCLUM, MR_IO);
}

static void key_of_zeros_is_refused(void)
{
	set_fault("zero_key", 1);
	expect_no_key(MR_BACKEND_OCCLUM, MR_PROTOCOL);
}

void check_occlum(const char *prefix)
{
	static const struct check checks[] = {
		{ "the shim finds it without a choice", finds_it },
		{ "a quote has the report data that were asked for", quote_has_the_report_data },
		{ "16 threads get their own quotes", threads_get_their_own_quotes },
		{ "a quote over other report data is refused", other_report_data_are_refused },
		{ "announced sizes of 10 and 70,000 bytes are refused", announced_sizes_are_checked },
		{ "a quoting service that is not ready", quoting_service_that_is_not_ready },
		{ "a failed quote", failed_quote },
		{ "a device that may not be opened", denied_device },
		{ "keys are of their policy and identifier", keys_are_of_their_identifier },
		{ "an identifier of a newer version is refused", identifier_of_a_newer_version_is_refused },
		{ "a failed key", failed_key },
		{ "a key of zeros is refused", key_of_zeros_is_refused },
	};

	run_checks(prefix, checks, COUNT(checks), reset_faults);
}
