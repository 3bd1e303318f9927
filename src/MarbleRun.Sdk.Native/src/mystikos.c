/* SPDX-License-Identifier: MIT */
/*
 * Mystikos offers functions of Open Enclave as system calls with one argument, a pointer to the function's arguments (Mystikos,
 * include/myst/tee.h). Experimental: this was never run in Mystikos.
 */
#include "internal.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
	CALL_MAX_THREADS = 1008,
	CALL_GET_REPORT = 1014,
	CALL_FREE_REPORT = 1015,
	CALL_GET_SEAL_KEY_BY_POLICY = 1020,
	CALL_GET_SEAL_KEY = 1026,
	CALL_FREE_SEAL_KEY = 1027
};

#define REMOTE_ATTESTATION 1u
#define LARGEST_REPORT ((uint64_t)64 << 10)
#define LARGEST_KEY ((uint64_t)32)

static void *pointer_to(uint64_t address)
{
	return (void *)(uintptr_t)address; /* NOLINT(performance-no-int-to-ptr): the call returns addresses as numbers */
}

static int32_t check_result(long result, const char *what)
{
	return result == 0 ? MR_OK : mr_fail(
		MR_IO, result < 0 ? errno : 0, "Mystikos, %s: the result of Open Enclave is %ld", what, result);
}

static int32_t probe(struct mr_info *info)
{
	struct utsname name;

	if (sys_uname(&name) != 0 || strcmp(name.sysname, "Linux") != 0 || strcmp(name.release, "5.4.0") != 0)
		return mr_fail(MR_NO_TEE, 0, "the system does not call itself Linux 5.4.0, as Mystikos does");
	if (sys_call(CALL_MAX_THREADS, 0) < 0 && errno == ENOSYS)
		return mr_fail(MR_NO_TEE, ENOSYS, "the system does not have the calls of Mystikos");
	memcpy(info->provider, "mystikos", sizeof "mystikos");
	info->format = MR_FORMAT_OE_REPORT;
	info->capabilities = MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID;
	return MR_OK;
}

static int32_t evidence(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *report, struct mr_bytes *auxiliary)
{
	uint64_t data = 0;
	uint64_t size = 0;
	uint64_t arguments[7] = {
		REMOTE_ATTESTATION, mr_address_of(report_data), MR_REPORT_DATA_SIZE, 0, 0, mr_address_of(&data), mr_address_of(&size),
	};
	int32_t status;

	(void)info;
	(void)auxiliary;
	status = check_result(sys_call(CALL_GET_REPORT, (long)mr_address_of(arguments)), "report");
	if (status != MR_OK)
		return status;
	if (data == 0 || size == 0)
		return mr_fail(MR_PROTOCOL, 0, "Mystikos returned no report");
	status = size <= LARGEST_REPORT ? mr_bytes_copy(report, pointer_to(data), (size_t)size) : mr_fail(
		MR_TOO_LARGE, 0, "Mystikos announces a report of %llu bytes", (unsigned long long)size);
	arguments[0] = data;
	(void)sys_call(CALL_FREE_REPORT, (long)mr_address_of(arguments));
	return status;
}

static int32_t check_key_id(uint32_t policy, const struct mr_bytes *key_id)
{
	if (key_id->size != MR_SGX_KEY_REQUEST_SIZE)
		return mr_fail(MR_ARGUMENT, 0, "a key identifier of Mystikos has %u bytes", MR_SGX_KEY_REQUEST_SIZE);
	return mr_get16(key_id->data + 2) == policy
			&& (mr_get64(key_id->data + 24) & MR_SGX_ATTRIBUTE_FLAGS) == MR_SGX_ATTRIBUTE_FLAGS
			&& (mr_get32(key_id->data + 72) & MR_SGX_MISC_MASK) == MR_SGX_MISC_MASK
		? MR_OK
		: mr_fail(MR_ARGUMENT, 0, "the key identifier is of another policy, or its masks admit other enclaves");
}

/* What a call for a key returns, in memory of Mystikos. */
struct lent_key {
	uint64_t data;
	uint64_t size;
	uint64_t id;
	uint64_t id_size;
};

static long make_key(uint32_t policy, struct lent_key *lent)
{
	uint64_t arguments[5] = {
		policy, mr_address_of(&lent->data), mr_address_of(&lent->size), mr_address_of(&lent->id), mr_address_of(&lent->id_size),
	};

	return sys_call(CALL_GET_SEAL_KEY_BY_POLICY, (long)mr_address_of(arguments));
}

static long make_key_again(const struct mr_bytes *key_id, struct lent_key *lent)
{
	uint64_t arguments[4] = { mr_address_of(key_id->data), key_id->size, mr_address_of(&lent->data), mr_address_of(&lent->size) };

	return sys_call(CALL_GET_SEAL_KEY, (long)mr_address_of(arguments));
}

static void give_back(const struct lent_key *lent)
{
	uint64_t arguments[2] = { lent->data, lent->id };

	(void)sys_call(CALL_FREE_SEAL_KEY, (long)mr_address_of(arguments));
}

static int32_t copy_key(const struct lent_key *lent, int is_new, struct mr_bytes *key, struct mr_bytes *new_key_id)
{
	int32_t status;

	if (lent->data == 0 || lent->size == 0 || lent->size > LARGEST_KEY)
		return mr_fail(MR_PROTOCOL, 0, "Mystikos returned a key of %llu bytes", (unsigned long long)lent->size);
	if (is_new && (lent->id == 0 || lent->id_size != MR_SGX_KEY_REQUEST_SIZE))
		return mr_fail(MR_PROTOCOL, 0, "Mystikos returned a key identifier of %llu bytes", (unsigned long long)lent->id_size);
	status = mr_bytes_copy(key, pointer_to(lent->data), (size_t)lent->size);
	return status == MR_OK && is_new ? mr_bytes_copy(new_key_id, pointer_to(lent->id), (size_t)lent->id_size) : status;
}

static int32_t sealing_key(
	const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id)
{
	struct lent_key lent = { 0, 0, 0, 0 };
	int is_new = key_id->size == 0;
	int32_t status = is_new ? MR_OK : check_key_id(policy, key_id);

	(void)info;
	if (status == MR_OK)
		status = check_result(is_new ? make_key(policy, &lent) : make_key_again(key_id, &lent), "sealing key");
	if (status != MR_OK)
		return status;
	status = copy_key(&lent, is_new, key, new_key_id);
	give_back(&lent);
	return status;
}

const struct mr_backend_ops mr_mystikos = { MR_BACKEND_MYSTIKOS, probe, evidence, sealing_key };
