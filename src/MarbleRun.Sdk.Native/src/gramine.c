/* SPDX-License-Identifier: MIT */
/* Gramine's /dev/attestation (Gramine documentation, "Attestation and Secret Provisioning"). */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define FOLDER "/dev/attestation/"
#define TYPE FOLDER "attestation_type"
#define REPORT_DATA FOLDER "user_report_data"
#define QUOTE FOLDER "quote"
#define LARGEST_QUOTE ((size_t)64 << 10)

/*
 * The files hold the request of the whole process: what is written to one is answered by the other. So requests wait for each other;
 * nothing else of the library is shared by threads.
 */
static pthread_mutex_t request = PTHREAD_MUTEX_INITIALIZER;

static int32_t probe(struct mr_info *info)
{
	char type[16];

	/* gramine-direct, which is not a TEE, has the folder without this file. */
	if (mr_read_text(TYPE, type, sizeof type) != 0)
		return mr_fail(MR_NO_TEE, errno, TYPE " cannot be read: this is not Gramine with SGX");
	memcpy(info->provider, "gramine", sizeof "gramine");
	info->format = MR_FORMAT_SGX_QUOTE;
	info->capabilities = MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT;
	if (strcmp(type, "dcap") == 0)
		info->capabilities |= MR_CAN_EVIDENCE;
	return MR_OK;
}

static int32_t evidence(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *quote, struct mr_bytes *auxiliary)
{
	int32_t status = MR_OK;

	(void)auxiliary;
	if ((info->capabilities & MR_CAN_EVIDENCE) == 0)
		return mr_fail(MR_UNSUPPORTED, 0, "the Gramine manifest has sgx.remote_attestation other than \"dcap\": there are no quotes");
	(void)pthread_mutex_lock(&request);
	if (mr_write_file(REPORT_DATA, report_data, MR_REPORT_DATA_SIZE) != 0)
		status = mr_fail_errno(errno, "the report data cannot be written", REPORT_DATA);
	/* The quote is made at open. EACCES stands for every failure, so it says nothing of permissions. */
	else if (mr_read_file(QUOTE, quote, LARGEST_QUOTE) != 0)
		status = errno == EACCES
			? mr_fail(MR_IO, errno, QUOTE ": no quote was made; look at Gramine's log and the host's quoting service (aesmd)")
			: mr_fail_errno(errno, "the quote cannot be read", QUOTE);
	(void)pthread_mutex_unlock(&request);
	return status;
}

static int32_t sealing_key(
	const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id)
{
	const char *path = policy == MR_POLICY_UNIQUE ? FOLDER "keys/_sgx_mrenclave" : FOLDER "keys/_sgx_mrsigner";

	(void)info;
	(void)new_key_id;
	if (key_id->size != 0)
		return mr_fail(MR_ARGUMENT, 0, "keys of Gramine have no identifier");
	if (mr_read_file(path, key, MR_SGX_KEY_SIZE) != 0)
		return mr_fail_errno(errno, "the key cannot be read", path);
	return key->size == MR_SGX_KEY_SIZE ? MR_OK : mr_fail(
		MR_PROTOCOL, 0, "%s has %zu bytes; a key has %u", path, key->size, MR_SGX_KEY_SIZE);
}

const struct mr_backend_ops mr_gramine = { MR_BACKEND_GRAMINE, probe, evidence, sealing_key };
