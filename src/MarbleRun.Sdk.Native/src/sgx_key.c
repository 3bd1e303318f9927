/* SPDX-License-Identifier: MIT */
/*
 * KEYREQUEST of the instruction EGETKEY (Intel SDM volume 3D, section 35.18). The caller stores only what may differ from one key to the
 * next; the masks are constants.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum {
	KEY_NAME_SEAL = 4,
	REPORT_CPU_SVN = 0,
	REPORT_ISV_SVN = 258,
	REPORT_CONFIG_SVN = 260,
	CPU_SVN_SIZE = 16,
	KEY_ID_SIZE = 32
};

#define ATTRIBUTE_XFRM UINT64_C(0)

/* The identifier: "MRK1", policy, ISVSVN, CONFIGSVN, zero (2 bytes each), CPUSVN, key ID. */
enum {
	ID_POLICY = 4,
	ID_ISV_SVN = 6,
	ID_CONFIG_SVN = 8,
	ID_ZERO = 10,
	ID_CPU_SVN = 12,
	ID_KEY_ID = ID_CPU_SVN + CPU_SVN_SIZE,
	ID_SIZE = ID_KEY_ID + KEY_ID_SIZE
};

int32_t mr_sgx_new_key_id(uint32_t policy, const uint8_t *report, struct mr_bytes *key_id)
{
	int32_t status = mr_bytes_allocate(key_id, ID_SIZE);

	if (status != MR_OK)
		return status;
	memcpy(key_id->data, "MRK1", 4);
	mr_put16(key_id->data + ID_POLICY, (uint16_t)policy);
	memcpy(key_id->data + ID_ISV_SVN, report + REPORT_ISV_SVN, 2);
	memcpy(key_id->data + ID_CONFIG_SVN, report + REPORT_CONFIG_SVN, 2);
	memcpy(key_id->data + ID_CPU_SVN, report + REPORT_CPU_SVN, CPU_SVN_SIZE);
	return sys_random(key_id->data + ID_KEY_ID, KEY_ID_SIZE) == KEY_ID_SIZE ? MR_OK : mr_fail(
		MR_IO, errno, "the system has no random bytes");
}

int32_t mr_sgx_key_request(uint32_t policy, const struct mr_bytes *key_id, uint8_t *request)
{
	if (key_id->size != ID_SIZE || memcmp(key_id->data, "MRK1", 4) != 0 || mr_get16(key_id->data + ID_ZERO) != 0)
		return mr_fail(MR_ARGUMENT, 0, "the key identifier was not made by this library");
	if (mr_get16(key_id->data + ID_POLICY) != policy)
		return mr_fail(MR_ARGUMENT, 0, "the key identifier is of another policy");
	memset(request, 0, MR_SGX_KEY_REQUEST_SIZE);
	mr_put16(request, KEY_NAME_SEAL);
	mr_put16(request + 2, (uint16_t)policy);
	memcpy(request + 4, key_id->data + ID_ISV_SVN, 2);
	memcpy(request + 8, key_id->data + ID_CPU_SVN, CPU_SVN_SIZE);
	mr_put64(request + 24, MR_SGX_ATTRIBUTE_FLAGS);
	mr_put64(request + 32, ATTRIBUTE_XFRM);
	memcpy(request + 40, key_id->data + ID_KEY_ID, KEY_ID_SIZE);
	mr_put32(request + 72, MR_SGX_MISC_MASK);
	memcpy(request + 76, key_id->data + ID_CONFIG_SVN, 2);
	return MR_OK;
}
