/* SPDX-License-Identifier: MIT */
/*
 * Linux's configfs-tsm (Documentation/ABI/testing/configfs-tsm): a folder for each request; the report data go into inblob and are taken
 * over when it is closed; reading outblob makes the evidence; generation counts what was written, so that it shows whether somebody else
 * wrote.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROOT "/sys/kernel/config/tsm/report"
#define FOLDER_SIZE (sizeof ROOT + 32)
#define PATH_SIZE (FOLDER_SIZE + 24)
#define FOLDER_ATTEMPTS 4
#define FIRST_WAIT_MS 10u
#define LONGEST_WAIT_MS 1000u

static void path_of(char path[PATH_SIZE], const char *folder, const char *name)
{
	(void)snprintf(path, PATH_SIZE, "%s/%s", folder, name);
}

static int32_t make_folder(char folder[FOLDER_SIZE])
{
	int attempt;

	for (attempt = 0; attempt < FOLDER_ATTEMPTS; attempt++) {
		uint64_t name;

		if (sys_random(&name, sizeof name) != (ssize_t)sizeof name)
			return mr_fail(MR_IO, errno, "the system has no random bytes");
		(void)snprintf(folder, FOLDER_SIZE, ROOT "/marblerun-%016llx", (unsigned long long)name);
		if (sys_mkdir(folder, 0700) == 0)
			return MR_OK;
		if (errno != EEXIST)
			break;
	}
	if (errno == ENOENT || errno == ENXIO || errno == ENOTDIR)
		return mr_fail(MR_NO_TEE, errno, ROOT ": Linux has no provider of evidence (configfs is not mounted, or the guest driver is not loaded)");
	return mr_fail_errno(errno, "no folder for a request can be made; evidence needs root", ROOT);
}

static int32_t remove_folder(const char *folder, int32_t status)
{
	if (sys_rmdir(folder) == 0 || status != MR_OK)
		return status;
	return mr_fail_errno(errno, "the folder of the request cannot be removed", folder);
}

static int32_t read_provider(const char *folder, struct mr_info *info)
{
	char path[PATH_SIZE];

	path_of(path, folder, "provider");
	if (mr_read_text(path, info->provider, sizeof info->provider) != 0)
		return mr_fail_errno(errno, "the provider cannot be read", path);
	if (strcmp(info->provider, "tdx_guest") == 0)
		info->format = MR_FORMAT_TDX_QUOTE;
	else if (strcmp(info->provider, "sev_guest") == 0)
		info->format = MR_FORMAT_SNP_REPORT;
	else
		return mr_fail(MR_UNSUPPORTED, 0, "%s: the provider '%s' is not supported", path, info->provider);
	return MR_OK;
}

static int32_t probe(struct mr_info *info)
{
	char folder[FOLDER_SIZE];
	int32_t status = make_folder(folder);

	if (status != MR_OK)
		return status;
	status = remove_folder(folder, read_provider(folder, info));
	if (status != MR_OK)
		return status;
	info->capabilities = MR_CAN_EVIDENCE;
	if (info->format == MR_FORMAT_SNP_REPORT)
		info->capabilities |= MR_CAN_AUXILIARY | (mr_sev_guest_exists() ? MR_CAN_KEY_UNIQUE : 0u);
	else if (mr_rtmr_exists())
		info->capabilities |= MR_CAN_EXTEND;
	return MR_OK;
}

/* Below a paravisor (SVSM) the lowest privilege level that may be asked for is above zero, the kernel's default. */
static int32_t raise_privilege_level(const char *folder, unsigned *writes)
{
	char path[PATH_SIZE];
	char level[8];

	path_of(path, folder, "privlevel_floor");
	if (mr_read_text(path, level, sizeof level) != 0)
		return errno == ENOENT ? MR_OK : mr_fail_errno(errno, "the lowest privilege level cannot be read", path);
	if (strcmp(level, "0") == 0)
		return MR_OK;
	path_of(path, folder, "privlevel");
	if (mr_write_file(path, level, strlen(level)) != 0)
		return mr_fail_errno(errno, "the privilege level cannot be set", path);
	(*writes)++;
	return MR_OK;
}

/*
 * A signal ends the wait for the host with EINTR, and until the host has answered that request the next ones end with EBUSY. Both pass.
 * .NET sends signals to its threads for each garbage collection.
 */
static int read_patiently(const char *path, struct mr_bytes *bytes)
{
	int64_t deadline = sys_now() + MR_DEADLINE_MS;
	unsigned wait = FIRST_WAIT_MS;

	while (mr_read_file(path, bytes, MR_LARGEST_BLOB) != 0) {
		int error = errno;

		if ((error != EINTR && error != EBUSY) || sys_now() >= deadline) {
			errno = error;
			return -1;
		}
		sys_sleep(wait);
		wait = wait * 2 < LONGEST_WAIT_MS ? wait * 2 : LONGEST_WAIT_MS;
	}
	return 0;
}

static int32_t check_generation(const char *folder, unsigned writes)
{
	char path[PATH_SIZE];
	char generation[24];
	char expected[24];

	path_of(path, folder, "generation");
	if (mr_read_text(path, generation, sizeof generation) != 0)
		return mr_fail_errno(errno, "the generation cannot be read", path);
	(void)snprintf(expected, sizeof expected, "%u", writes);
	return strcmp(generation, expected) == 0 ? MR_OK : mr_fail(
		MR_CONFLICT, 0, "%s is %s and should be %s: another process wrote to this request, or the report data were not taken over",
		path, generation, expected);
}

static int32_t read_auxiliary(const char *folder, struct mr_bytes *auxiliary)
{
	char path[PATH_SIZE];

	path_of(path, folder, "auxblob");
	/* A provider without one has no such file, or one that cannot be read. */
	if (read_patiently(path, auxiliary) != 0 && errno != ENOENT)
		return mr_fail_errno(errno, "the auxiliary blob cannot be read", path);
	return MR_OK;
}

static int32_t ask(
	const struct mr_info *info, const char *folder, const uint8_t *report_data, struct mr_bytes *evidence, struct mr_bytes *auxiliary)
{
	char path[PATH_SIZE];
	unsigned writes = 0;
	struct mr_info now = *info;
	int32_t status = read_provider(folder, &now);

	if (status != MR_OK)
		return status;
	if (now.format != info->format)
		return mr_fail(MR_PROTOCOL, 0, "the provider was '%s' and is '%s' now", info->provider, now.provider);
	if (info->format == MR_FORMAT_SNP_REPORT)
		status = raise_privilege_level(folder, &writes);
	if (status != MR_OK)
		return status;

	path_of(path, folder, "inblob");
	if (mr_write_file(path, report_data, MR_REPORT_DATA_SIZE) != 0)
		return mr_fail_errno(errno, "the report data cannot be written; evidence needs root", path);
	writes++;

	path_of(path, folder, "outblob");
	if (read_patiently(path, evidence) != 0)
		return mr_fail_errno(errno, "no evidence was made; look at the kernel's log, and at the host's quoting service", path);
	if (auxiliary != NULL && info->format == MR_FORMAT_SNP_REPORT)
		status = read_auxiliary(folder, auxiliary);

	/* Last, so that whatever was read belongs to this request. */
	return status == MR_OK ? check_generation(folder, writes) : status;
}

static int32_t evidence(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *report, struct mr_bytes *auxiliary)
{
	char folder[FOLDER_SIZE];
	int32_t status = make_folder(folder);

	return status == MR_OK ? remove_folder(folder, ask(info, folder, report_data, report, auxiliary)) : status;
}

const struct mr_backend_ops mr_tsm = { MR_BACKEND_TSM, probe, evidence, mr_sev_guest_key };
