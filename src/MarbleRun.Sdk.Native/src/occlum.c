/* SPDX-License-Identifier: MIT */
/* Occlum's /dev/sgx. The ioctls carry pointers into this process; Occlum turns every failure of theirs into one errno. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEVICE "/dev/sgx"
#define CREATE_REPORT 0xC0187304ul
#define QUOTE_SIZE 0x80047307ul
#define MAKE_QUOTE 0xC0187308ul
#define GET_KEY 0xC010730Bul
#define SMALLEST_QUOTE 436u
#define LARGEST_QUOTE (64u << 10)

struct report_request {
	const uint8_t *target_info;
	const uint8_t *report_data;
	uint8_t *report;
};

struct quote_request {
	const uint8_t *report_data;
	uint32_t *size;
	uint8_t *quote;
};

struct key_request {
	const uint8_t *request;
	uint8_t *key;
};

static int32_t open_device(int *fd)
{
	*fd = sys_open(DEVICE, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? MR_OK : mr_fail_errno(errno, "the device cannot be opened", DEVICE);
}

static int32_t probe(struct mr_info *info)
{
	struct utsname name;

	if (sys_uname(&name) != 0 || strcmp(name.sysname, "Occlum") != 0)
		return mr_fail(MR_NO_TEE, 0, "the system does not call itself Occlum");
	memcpy(info->provider, "occlum", sizeof "occlum");
	info->format = MR_FORMAT_SGX_QUOTE;
	info->capabilities = MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID;
	return MR_OK;
}

static int32_t make_quote(int fd, const uint8_t *report_data, struct mr_bytes *quote)
{
	uint32_t size = 0;
	struct quote_request request = { report_data, &size, NULL };
	int32_t status;

	if (sys_ioctl(fd, QUOTE_SIZE, &size) != 0)
		return mr_fail(MR_IO, errno, DEVICE ": no quotes; look whether the host's quoting service (aesmd) runs");
	if (size < SMALLEST_QUOTE || size > LARGEST_QUOTE)
		return mr_fail(size > LARGEST_QUOTE ? MR_TOO_LARGE : MR_PROTOCOL, 0, DEVICE ": a quote of %u bytes is announced", size);
	status = mr_bytes_allocate(quote, size);
	if (status != MR_OK)
		return status;
	request.quote = quote->data;
	return sys_ioctl(fd, MAKE_QUOTE, &request) == 0 ? MR_OK : mr_fail(
		MR_IO, errno, DEVICE ": no quote was made; look at Occlum's log and the host's quoting service (aesmd)");
}

static int32_t evidence(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *quote, struct mr_bytes *auxiliary)
{
	int fd;
	int32_t status = open_device(&fd);

	(void)info;
	(void)auxiliary;
	if (status != MR_OK)
		return status;
	status = make_quote(fd, report_data, quote);
	(void)sys_close(fd);
	return status;
}

static int32_t make_key_id(int fd, uint32_t policy, struct mr_bytes *key_id)
{
	uint8_t report[MR_SGX_REPORT_SIZE] = { 0 };
	struct report_request request = { NULL, NULL, report };

	return sys_ioctl(fd, CREATE_REPORT, &request) == 0 ? mr_sgx_new_key_id(policy, report, key_id) : mr_fail(
		MR_IO, errno, DEVICE ": no report of this enclave was made");
}

static int32_t get_key(int fd, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key)
{
	uint8_t request[MR_SGX_KEY_REQUEST_SIZE];
	struct key_request argument;
	int32_t status = mr_sgx_key_request(policy, key_id, request);

	if (status == MR_OK)
		status = mr_bytes_allocate(key, MR_SGX_KEY_SIZE);
	if (status != MR_OK)
		return status;
	argument.request = request;
	argument.key = key->data;
	return sys_ioctl(fd, GET_KEY, &argument) == 0 ? MR_OK : mr_fail(
		MR_IO, errno, DEVICE ": the key was not derived; an identifier of a newer platform or version of the app is refused by the processor");
}

static int32_t sealing_key(
	const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id)
{
	int fd;
	int32_t status = open_device(&fd);

	(void)info;
	if (status != MR_OK)
		return status;
	if (key_id->size == 0)
		status = make_key_id(fd, policy, new_key_id);
	if (status == MR_OK)
		status = get_key(fd, policy, key_id->size == 0 ? new_key_id : key_id, key);
	(void)sys_close(fd);
	return status;
}

const struct mr_backend_ops mr_occlum = { MR_BACKEND_OCCLUM, probe, evidence, sealing_key };
