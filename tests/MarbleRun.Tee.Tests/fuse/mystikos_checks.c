/* SPDX-License-Identifier: MIT */
#include "libos_checks.h"
#include "mystikos.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_SIZE (16 + SGX_QUOTE_SIZE)
#define REPORT_DATA (16 + SGX_REPORT_DATA)

static struct mystikos *mystikos;

static void finds_it(void)
{
	expect_info(
		MR_BACKEND_MYSTIKOS, "mystikos", MR_FORMAT_OE_REPORT, MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID);
}

static void is_not_looked_for(void)
{
	mr_context *context = NULL;

	EXPECT(shim.open(MR_BACKEND_AUTO, MR_OPEN_NO_MYSTIKOS, &context) == MR_NO_TEE && context == NULL);
}

static void kernel_without_the_calls(void)
{
	mr_context *context = NULL;

	mystikos->absent = 1;
	EXPECT(shim.open(MR_BACKEND_MYSTIKOS, 0, &context) == MR_NO_TEE && context == NULL);
}

static void report_has_the_report_data(void)
{
	expect_evidence(MR_BACKEND_MYSTIKOS, REPORT_SIZE, REPORT_DATA);
}

static void other_report_data_are_refused(void)
{
	mystikos->wrong_report_data = 1;
	expect_status(MR_BACKEND_MYSTIKOS, MR_PROTOCOL);
}

static void announced_sizes_are_checked(void)
{
	mystikos->report_size = 100;
	expect_status(MR_BACKEND_MYSTIKOS, MR_PROTOCOL);
	mystikos->report_size = 70000;
	expect_status(MR_BACKEND_MYSTIKOS, MR_TOO_LARGE);
}

static void failure_of_open_enclave(void)
{
	mystikos->result = 61;
	expect_status(MR_BACKEND_MYSTIKOS, MR_IO);
	EXPECT(last_words_have("61"));
	expect_no_key(MR_BACKEND_MYSTIKOS, MR_IO);
}

static void keys_are_of_their_identifier(void)
{
	expect_keys_with_identifiers(MR_BACKEND_MYSTIKOS);
}

static void short_identifier_is_refused(void)
{
	mystikos->key_id_size = 100;
	expect_no_key(MR_BACKEND_MYSTIKOS, MR_PROTOCOL);
}

static void key_of_zeros_is_refused(void)
{
	mystikos->zero_key = 1;
	expect_no_key(MR_BACKEND_MYSTIKOS, MR_PROTOCOL);
}

static void reset(void)
{
	expect(mystikos->lent == 0, "all memory of Mystikos is given back", __LINE__);
	memset(mystikos, 0, sizeof *mystikos);
}

void check_mystikos(const char *prefix)
{
	static const struct check checks[] = {
		{ "the shim finds it without a choice", finds_it },
		{ "it is not looked for if the caller says so", is_not_looked_for },
		{ "a kernel without its calls", kernel_without_the_calls },
		{ "a report has the report data that were asked for", report_has_the_report_data },
		{ "a report over other report data is refused", other_report_data_are_refused },
		{ "announced sizes of 100 and 70,000 bytes are refused", announced_sizes_are_checked },
		{ "a failure of Open Enclave has its number", failure_of_open_enclave },
		{ "keys are of their policy and identifier", keys_are_of_their_identifier },
		{ "a short identifier is refused", short_identifier_is_refused },
		{ "a key of zeros is refused", key_of_zeros_is_refused },
	};

	mystikos = dlsym(RTLD_DEFAULT, MYSTIKOS_SYMBOL);
	if (mystikos == NULL) {
		printf("not ok the calls of Mystikos are preloaded: %s\n", dlerror());
		exit(1);
	}
	run_checks(prefix, checks, COUNT(checks), reset);
}
