/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef MR_STATIC
#include <dlfcn.h>
#endif

struct shim shim;

static bool holds;
static char reason[512];
static int failed;

#ifdef MR_STATIC
void load_shim(const char *path)
{
	(void)path;
	shim = (struct shim){
		mr_abi_version, mr_open, mr_close, mr_get_info, mr_get_evidence, mr_get_sealing_key, mr_extend, mr_blob_free, mr_last_error,
		mr_status_name,
	};
}
#else
void load_shim(const char *path)
{
	static const char *const names[] = {
		"mr_abi_version", "mr_open", "mr_close", "mr_get_info", "mr_get_evidence", "mr_get_sealing_key", "mr_extend", "mr_blob_free",
		"mr_last_error", "mr_status_name",
	};
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void **functions = (void **)&shim;

	_Static_assert(sizeof shim == COUNT(names) * sizeof(void *), "one name for each function");
	for (size_t i = 0; library != NULL && i < COUNT(names); i++) {
		functions[i] = dlsym(library, names[i]);
		if (functions[i] == NULL)
			library = NULL;
	}
	if (library == NULL) {
		printf("not ok the library loads: %s\n", dlerror());
		exit(1);
	}
}
#endif

void expect(bool condition, const char *what, int line)
{
	int32_t error = 0;
	char text[MR_ERROR_SIZE] = "";
	int32_t status;

	if (condition || !holds)
		return;
	holds = false;
	status = shim.last_error(&error, text, sizeof text);
	(void)snprintf(
		reason, sizeof reason, "line %d: %s (last error of the shim: %s, errno %d, %s)", line, what, shim.status_name(status), error, text);
}

bool holds_so_far(void)
{
	return holds;
}

int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder != NULL && readdir(folder) != NULL)
		count++;
	if (folder != NULL)
		(void)closedir(folder);
	return count;
}

void run_checks(const char *prefix, const struct check *checks, size_t count, void (*after)(void))
{
	for (size_t i = 0; i < count; i++) {
		int descriptors = open_descriptors();

		holds = true;
		checks[i].run();
		if (after != NULL)
			after();
		expect(open_descriptors() == descriptors, "no descriptor stays open", __LINE__);
		failed += !holds;
		printf("%s %s: %s%s%s\n", holds ? "ok" : "not ok", prefix, checks[i].name, holds ? "" : ": ", holds ? "" : reason);
		(void)fflush(stdout);
	}
}

int failed_checks(void)
{
	return failed;
}

int last_errno(void)
{
	int32_t error = 0;

	(void)shim.last_error(&error, NULL, 0);
	return error;
}

bool last_words_have(const char *words)
{
	char text[MR_ERROR_SIZE] = "";

	(void)shim.last_error(NULL, text, sizeof text);
	return strstr(text, words) != NULL;
}

mr_context *open_tee(uint32_t backend)
{
	mr_context *context = NULL;

	expect(shim.open(backend, 0, &context) == MR_OK && context != NULL, "the TEE can be opened", __LINE__);
	return context;
}

struct answer ask(const mr_context *context, const uint8_t *report_data)
{
	struct answer answer = { MR_INTERNAL, { .struct_size = sizeof(mr_blob) }, { .struct_size = sizeof(mr_blob) } };

	if (context != NULL)
		answer.status = shim.get_evidence(context, report_data, MR_REPORT_DATA_SIZE, &answer.evidence, &answer.auxiliary);
	return answer;
}

void free_answer(struct answer *answer)
{
	shim.blob_free(&answer->evidence);
	shim.blob_free(&answer->auxiliary);
}

void make_report_data(uint8_t *report_data, unsigned seed)
{
	for (unsigned i = 0; i < MR_REPORT_DATA_SIZE; i++)
		report_data[i] = (uint8_t)((seed >> (i % 4 * 8)) + i * 37 + 1);
}

void expect_status(uint32_t backend, int32_t status)
{
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	mr_context *context = open_tee(backend);
	struct answer answer;
	char what[96];

	make_report_data(report_data, 7);
	answer = ask(context, report_data);
	(void)snprintf(
		what, sizeof what, "the status is %s and should be %s", shim.status_name(answer.status), shim.status_name(status));
	expect(answer.status == status, what, __LINE__);
	expect(status == MR_OK || (answer.evidence.data == NULL && answer.auxiliary.data == NULL), "a failure gives no bytes", __LINE__);
	free_answer(&answer);
	shim.close(context);
}
