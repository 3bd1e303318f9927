/* SPDX-License-Identifier: MIT */
/* libos_checks LIBRARY CONTROL gramine|occlum|mystikos PREFIX: drives the shim through the interfaces of library operating systems. */
#include "check.h"
#include "libos_checks.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 16
#define QUOTES_OF_A_THREAD 25

static const char *control;

void set_fault(const char *name, unsigned value)
{
	char line[64];
	int length = snprintf(line, sizeof line, "%s %u", name, value);
	int file = open(control, O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, line, (size_t)length) != length) {
		printf("not ok the faults can be set: %s\n", name);
		exit(1);
	}
	(void)close(file);
}

void reset_faults(void)
{
	set_fault("reset", 0);
}

void expect_info(uint32_t backend, const char *provider, uint32_t format, uint32_t capabilities)
{
	mr_info info = { .struct_size = sizeof info };
	mr_context *context = open_tee(MR_BACKEND_AUTO);

	EXPECT(shim.get_info(context, &info) == MR_OK);
	EXPECT(info.backend == backend && strcmp(info.provider, provider) == 0);
	EXPECT(info.format == format && info.capabilities == capabilities);
	shim.close(context);
}

bool has_report_data_at(const mr_blob *evidence, size_t offset, const uint8_t *report_data)
{
	return evidence->size >= offset + MR_REPORT_DATA_SIZE && memcmp(evidence->data + offset, report_data, MR_REPORT_DATA_SIZE) == 0;
}

void expect_evidence(uint32_t backend, size_t size, size_t offset)
{
	mr_context *context = open_tee(backend);

	for (unsigned i = 0; i < 3; i++) {
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, i);
		answer = ask(context, report_data);
		EXPECT(answer.status == MR_OK && answer.evidence.size == size && answer.auxiliary.size == 0);
		EXPECT(has_report_data_at(&answer.evidence, offset, report_data));
		free_answer(&answer);
	}
	shim.close(context);
}

struct thread {
	const mr_context *context;
	unsigned number;
	unsigned wrong;
	size_t offset;
};

static void *ask_in_a_thread(void *argument)
{
	struct thread *thread = argument;

	for (unsigned i = 0; i < QUOTES_OF_A_THREAD; i++) {
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, thread->number << 16 | i);
		answer = ask(thread->context, report_data);
		thread->wrong += answer.status != MR_OK || !has_report_data_at(&answer.evidence, thread->offset, report_data);
		free_answer(&answer);
	}
	return NULL;
}

void expect_evidence_for_threads(uint32_t backend, size_t offset)
{
	mr_context *context = open_tee(backend);
	struct thread threads[THREADS];
	pthread_t handles[THREADS];
	unsigned wrong = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ context, i, 0, offset };
		EXPECT(pthread_create(&handles[i], NULL, ask_in_a_thread, &threads[i]) == 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		EXPECT(pthread_join(handles[i], NULL) == 0);
		wrong += threads[i].wrong;
	}
	EXPECT(wrong == 0);
	shim.close(context);
}

int32_t derive(uint32_t backend, uint32_t policy, const mr_blob *key_id, mr_blob *key, mr_blob *new_key_id)
{
	mr_context *context = open_tee(backend);
	int32_t status = MR_INTERNAL;

	*key = (mr_blob){ .struct_size = sizeof *key };
	*new_key_id = (mr_blob){ .struct_size = sizeof *new_key_id };
	if (context != NULL)
		status = shim.get_sealing_key(
			context, policy, key_id == NULL ? NULL : key_id->data, key_id == NULL ? 0 : key_id->size, key, new_key_id);
	expect(status == MR_OK || (key->data == NULL && new_key_id->data == NULL), "a failure gives no key", __LINE__);
	shim.close(context);
	return status;
}

static bool same(const mr_blob *left, const mr_blob *right)
{
	return left->size == right->size && left->size > 0 && memcmp(left->data, right->data, left->size) == 0;
}

void expect_keys_with_identifiers(uint32_t backend)
{
	mr_blob unique;
	mr_blob unique_id;
	mr_blob product;
	mr_blob product_id;
	mr_blob again;
	mr_blob none;

	EXPECT(derive(backend, MR_POLICY_UNIQUE, NULL, &unique, &unique_id) == MR_OK);
	EXPECT(derive(backend, MR_POLICY_PRODUCT, NULL, &product, &product_id) == MR_OK);
	EXPECT(unique.size == 16 && product.size == 16 && !same(&unique, &product) && !same(&unique_id, &product_id));

	EXPECT(derive(backend, MR_POLICY_UNIQUE, &unique_id, &again, &none) == MR_OK);
	EXPECT(same(&unique, &again) && none.data == NULL);
	shim.blob_free(&again);
	EXPECT(derive(backend, MR_POLICY_UNIQUE, NULL, &again, &none) == MR_OK);
	EXPECT(!same(&unique, &again) && !same(&unique_id, &none));
	shim.blob_free(&again);
	shim.blob_free(&none);
	EXPECT(derive(backend, MR_POLICY_PRODUCT, &unique_id, &again, &none) == MR_ARGUMENT);

	shim.blob_free(&unique);
	shim.blob_free(&unique_id);
	shim.blob_free(&product);
	shim.blob_free(&product_id);
}

void expect_no_key(uint32_t backend, int32_t status)
{
	mr_blob key;
	mr_blob id;

	EXPECT(derive(backend, MR_POLICY_UNIQUE, NULL, &key, &id) == status);
	shim.blob_free(&key);
	shim.blob_free(&id);
}

int main(int count, char **arguments)
{
	if (count != 5)
		return 2;
	load_shim(arguments[1]);
	control = arguments[2];
	if (strcmp(arguments[3], "gramine") == 0)
		check_gramine(arguments[4]);
	else if (strcmp(arguments[3], "occlum") == 0)
		check_occlum(arguments[4]);
#ifndef MR_STATIC
	else if (strcmp(arguments[3], "mystikos") == 0)
		check_mystikos(arguments[4]);
#endif
	else
		return 2;
	return failed_checks() == 0 ? 0 : 1;
}
