/* SPDX-License-Identifier: MIT */
/*
 * Linux's /dev/sev-guest (Documentation/virt/coco/sev-guest.rst; AMD SEV-SNP ABI, MSG_REPORT_REQ and MSG_KEY_REQ; GHCB,
 * extended guest request).
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEVICE "/dev/sev-guest"
#define GET_DERIVED_KEY 0xC0205301ul
#define GET_EXTENDED_REPORT 0xC0205302ul

enum {
	MESSAGE_VERSION = 1,
	RESPONSE_SIZE = 4000,
	REPORT_OFFSET = 32,
	REPORT_SIZE = 1184,
	KEY_SIZE = 32,
	FIELD_POLICY = 1,
	FIELD_MEASUREMENT = 8,
	/* The host says that the buffer for certificates is too small, and how large it must be. */
	HOST_INVALID_LENGTH = 1,
	FIRST_CERTIFICATES = 16 << 10,
	LARGEST_CERTIFICATES = 1 << 20
};

struct guest_request {
	uint8_t message_version;
	uint8_t reserved[7];
	uint64_t request;
	uint64_t response;
	uint64_t exit_info; /* low half: the firmware's error; high half: the host's */
};

struct extended_report_request {
	uint8_t user_data[MR_REPORT_DATA_SIZE];
	uint32_t vmpl;
	uint8_t reserved[28];
	uint64_t certificates;
	uint32_t certificates_size;
	uint32_t padding;
};

struct key_request {
	uint32_t root_key_select; /* 0: a root of the chip */
	uint32_t reserved;
	uint64_t guest_field_select;
	uint32_t vmpl;
	uint32_t guest_svn;
	uint64_t tcb_version;
};

struct key_response {
	uint32_t status;
	uint8_t reserved[28];
	uint8_t key[KEY_SIZE];
};

static int open_device(void)
{
	return sys_open(DEVICE, O_RDWR | O_CLOEXEC);
}

int mr_sev_guest_exists(void)
{
	int fd = open_device();

	if (fd < 0)
		return 0;
	(void)sys_close(fd);
	return 1;
}

static int32_t probe(struct mr_info *info)
{
	if (!mr_sev_guest_exists())
		return errno == EACCES || errno == EPERM
			? mr_fail(MR_DENIED, errno, DEVICE " exists and may not be opened: evidence needs root")
			: mr_fail(MR_NO_TEE, errno, DEVICE " cannot be opened");
	memcpy(info->provider, "sev_guest", sizeof "sev_guest");
	info->format = MR_FORMAT_SNP_REPORT;
	info->capabilities = MR_CAN_EVIDENCE | MR_CAN_AUXILIARY | MR_CAN_KEY_UNIQUE;
	return MR_OK;
}

/* The driver repeats by itself while the host is busy, and answers EAGAIN or EINTR when it gives up. */
static int call(int fd, unsigned long number, struct guest_request *request)
{
	int64_t deadline = sys_now() + MR_DEADLINE_MS;
	int result;

	do {
		request->exit_info = 0;
		result = sys_ioctl(fd, number, request);
		if (result == 0 || (errno != EINTR && errno != EAGAIN && errno != EBUSY))
			break;
		sys_sleep(100);
	} while (sys_now() < deadline);
	return result;
}

static int32_t fail_call(const struct guest_request *request, const char *what)
{
	int error = errno;
	int32_t status = mr_fail_errno(error, what, DEVICE);

	if (request->exit_info == 0)
		return status;
	return mr_fail(
		status, error, DEVICE ": %s; error %u of the firmware, %u of the host", what, (unsigned)(request->exit_info & UINT32_MAX),
		(unsigned)(request->exit_info >> 32));
}

static int32_t ask(int fd, const uint8_t *report_data, uint8_t *response, struct mr_bytes *certificates)
{
	struct extended_report_request report;
	struct guest_request request;
	uint32_t size = FIRST_CERTIFICATES;
	int attempt;

	/* The second time with as much room as the host asked for. */
	for (attempt = 0; attempt < 2; attempt++) {
		int32_t status = mr_bytes_allocate(certificates, size);

		if (status != MR_OK)
			return status;
		memset(&report, 0, sizeof report);
		memcpy(report.user_data, report_data, MR_REPORT_DATA_SIZE);
		report.certificates = mr_address_of(certificates->data);
		report.certificates_size = size;
		memset(&request, 0, sizeof request);
		request.message_version = MESSAGE_VERSION;
		request.request = mr_address_of(&report);
		request.response = mr_address_of(response);
		if (call(fd, GET_EXTENDED_REPORT, &request) == 0)
			return request.exit_info == 0 ? MR_OK : fail_call(&request, "no report was made");
		if (request.exit_info >> 32 != HOST_INVALID_LENGTH || report.certificates_size <= size)
			return fail_call(&request, "no report was made");
		if (report.certificates_size > LARGEST_CERTIFICATES)
			return mr_fail(MR_TOO_LARGE, 0, DEVICE ": the host announces %u bytes of certificates", report.certificates_size);
		size = report.certificates_size;
		mr_bytes_free(certificates);
	}
	return mr_fail(MR_PROTOCOL, 0, DEVICE ": the host announces another size of its certificates each time");
}

static int32_t read_response(const uint8_t *response, struct mr_bytes *report)
{
	if (mr_get32(response) != 0)
		return mr_fail(MR_PROTOCOL, 0, DEVICE ": the status of the firmware's answer is %u", mr_get32(response));
	if (mr_get32(response + 4) != REPORT_SIZE)
		return mr_fail(MR_PROTOCOL, 0, DEVICE ": a report of %u bytes; it has %d", mr_get32(response + 4), REPORT_SIZE);
	return mr_bytes_copy(report, response + REPORT_OFFSET, REPORT_SIZE);
}

static int32_t evidence(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *report, struct mr_bytes *auxiliary)
{
	struct mr_bytes certificates = { NULL, 0 };
	struct mr_bytes response = { NULL, 0 };
	int fd = open_device();
	int32_t status;

	(void)info;
	if (fd < 0)
		return mr_fail_errno(errno, "the device cannot be opened", DEVICE);
	status = mr_bytes_allocate(&response, RESPONSE_SIZE);
	if (status == MR_OK)
		status = ask(fd, report_data, response.data, &certificates);
	if (status == MR_OK)
		status = read_response(response.data, report);
	(void)sys_close(fd);
	mr_bytes_free(&response);
	if (status == MR_OK && auxiliary != NULL)
		*auxiliary = certificates;
	else
		mr_bytes_free(&certificates);
	return status;
}

int32_t mr_sev_guest_key(
	const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id)
{
	struct key_request key_request;
	struct key_response response;
	struct guest_request request;
	int fd;
	int32_t status;

	(void)info;
	(void)policy;
	(void)new_key_id;
	if (key_id->size != 0)
		return mr_fail(MR_ARGUMENT, 0, "keys of SEV-SNP have no identifier");
	fd = open_device();
	if (fd < 0)
		return mr_fail_errno(errno, "the device cannot be opened", DEVICE);
	memset(&key_request, 0, sizeof key_request);
	/* Neither the TCB nor the SVN: an update of the firmware must not lose the state. The policy says whether the machine may be debugged. */
	key_request.guest_field_select = FIELD_POLICY | FIELD_MEASUREMENT;
	memset(&response, 0, sizeof response);
	memset(&request, 0, sizeof request);
	request.message_version = MESSAGE_VERSION;
	request.request = mr_address_of(&key_request);
	request.response = mr_address_of(&response);
	if (call(fd, GET_DERIVED_KEY, &request) != 0 || request.exit_info != 0)
		status = fail_call(&request, "no key was derived");
	else if (response.status != 0)
		status = mr_fail(MR_PROTOCOL, 0, DEVICE ": the status of the firmware's answer is %u", response.status);
	else
		status = mr_bytes_copy(key, response.key, KEY_SIZE);
	explicit_bzero(&response, sizeof response);
	(void)sys_close(fd);
	return status;
}

const struct mr_backend_ops mr_sev_guest = { MR_BACKEND_SEV_GUEST, probe, evidence, mr_sev_guest_key };
