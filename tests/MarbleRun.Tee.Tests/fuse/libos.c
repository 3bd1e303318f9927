/* SPDX-License-Identifier: MIT */
/*
 * What Gramine and Occlum offer to a process inside SGX, as a FUSE file system: attestation/ is /dev/attestation and sgx is /dev/sgx.
 * Gramine: a write replaces the report data of the whole process, the quote is made when its file is opened, keys have 16 bytes.
 * Occlum: ioctls whose arguments contain pointers into the caller. The quotes are unsigned.
 *
 * A line "NAME VALUE" that is written to control sets a fault; "reset 0" takes all back.
 */
#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define QUOTE_SIZE 4734u
#define QUOTE_REPORT_DATA 368
#define QUOTE_SIGNATURE_SIZE 432
#define QUOTE_HEAD 436
#define LARGEST_QUOTE 80000u
#define REPORT_DATA_SIZE 64
#define REPORT_SIZE 432
#define REPORT_ISV_SVN 258
#define KEY_SIZE 16
#define KEY_REQUEST_SIZE 512
#define CPU_SVN_BYTE 0x0C
#define ISV_SVN 5

enum type { TYPE_DCAP, TYPE_NONE, TYPE_ABSENT };

static struct faults {
	unsigned type;              /* of attestation_type */
	unsigned wrong_report_data;
	unsigned quote_size;        /* 0: as many bytes as a quote has */
	unsigned quote_error;       /* errno of opening the quote, and of Occlum's ioctl */
	unsigned size_error;        /* errno of Occlum's ioctl for the size */
	unsigned write_error;       /* errno of writing the report data */
	unsigned key_error;
	unsigned key_size;
	unsigned zero_key;
	unsigned device_error;      /* errno of opening /dev/sgx */
} faults;

static const struct {
	const char *name;
	unsigned *value;
} settings[] = {
	{ "type", &faults.type }, { "wrong_report_data", &faults.wrong_report_data }, { "quote_size", &faults.quote_size },
	{ "quote_error", &faults.quote_error }, { "size_error", &faults.size_error }, { "write_error", &faults.write_error },
	{ "key_error", &faults.key_error }, { "key_size", &faults.key_size }, { "zero_key", &faults.zero_key },
	{ "device_error", &faults.device_error },
};

enum file { FILE_NONE, FILE_TYPE, FILE_REPORT_DATA, FILE_QUOTE, FILE_KEY_UNIQUE, FILE_KEY_PRODUCT, FILE_DEVICE, FILE_CONTROL };

static const struct {
	const char *path;
	enum file file;
} files[] = {
	{ "/attestation/attestation_type", FILE_TYPE },
	{ "/attestation/user_report_data", FILE_REPORT_DATA },
	{ "/attestation/quote", FILE_QUOTE },
	{ "/attestation/keys/_sgx_mrenclave", FILE_KEY_UNIQUE },
	{ "/attestation/keys/_sgx_mrsigner", FILE_KEY_PRODUCT },
	{ "/sgx", FILE_DEVICE },
	{ "/control", FILE_CONTROL },
};

struct content {
	size_t size;
	uint8_t bytes[LARGEST_QUOTE];
};

static uint8_t report_data[REPORT_DATA_SIZE];

static enum file find(const char *path)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		enum file file = files[i].file;

		if (strcmp(files[i].path, path) != 0)
			continue;
		/* gramine-direct, without SGX, has only the keys' folder; without remote attestation there is no quote. */
		if (faults.type == TYPE_ABSENT && (file == FILE_TYPE || file == FILE_REPORT_DATA || file == FILE_QUOTE))
			return FILE_NONE;
		return faults.type == TYPE_NONE && file == FILE_QUOTE ? FILE_NONE : file;
	}
	return FILE_NONE;
}

static uint32_t size_of_quote(void)
{
	return faults.quote_size != 0 ? faults.quote_size : QUOTE_SIZE;
}

static void make_quote(uint8_t *quote, uint32_t size, const uint8_t *data)
{
	static const uint8_t head[] = { 3, 0, 2, 0 };
	uint32_t signature = size - QUOTE_HEAD;

	memset(quote, 0x11, size);
	memcpy(quote, head, sizeof head);
	if (size < QUOTE_HEAD)
		return;
	memcpy(quote + QUOTE_REPORT_DATA, data, REPORT_DATA_SIZE);
	memcpy(quote + QUOTE_SIGNATURE_SIZE, &signature, sizeof signature);
	if (faults.wrong_report_data)
		quote[QUOTE_REPORT_DATA + REPORT_DATA_SIZE - 1] ^= 1;
}

static int attributes(const char *path, struct stat *status, struct fuse_file_info *info)
{
	(void)info;
	memset(status, 0, sizeof *status);
	status->st_nlink = 1;
	if (strcmp(path, "/") == 0 || strcmp(path, "/attestation") == 0 || strcmp(path, "/attestation/keys") == 0) {
		status->st_mode = S_IFDIR | 0755;
		return 0;
	}
	status->st_mode = S_IFREG | 0666;
	return find(path) == FILE_NONE ? -ENOENT : 0;
}

static int fill(struct content *content, enum file file)
{
	static const char *const types[] = { "dcap", "none" };

	switch (file) {
	case FILE_TYPE:
		content->size = strlen(types[faults.type]);
		memcpy(content->bytes, types[faults.type], content->size);
		return 0;
	case FILE_QUOTE:
		content->size = size_of_quote();
		make_quote(content->bytes, (uint32_t)content->size, report_data);
		return -(int)faults.quote_error;
	case FILE_KEY_UNIQUE:
	case FILE_KEY_PRODUCT:
		content->size = faults.key_size != 0 ? faults.key_size : KEY_SIZE;
		memset(content->bytes, faults.zero_key ? 0 : file == FILE_KEY_UNIQUE ? 0xA6 : 0xB7, content->size);
		return -(int)faults.key_error;
	case FILE_DEVICE:
		return -(int)faults.device_error;
	default:
		return 0;
	}
}

static int open_file(const char *path, struct fuse_file_info *info)
{
	enum file file = find(path);
	struct content *content;
	int result;

	if (file == FILE_NONE)
		return -ENOENT;
	content = calloc(1, sizeof *content);
	if (content == NULL)
		return -ENOMEM;
	result = fill(content, file);
	if (result != 0) {
		free(content);
		return result;
	}
	info->fh = (uint64_t)(uintptr_t)content;
	info->direct_io = 1;
	return 0;
}

static int release_file(const char *path, struct fuse_file_info *info)
{
	(void)path;
	free((void *)(uintptr_t)info->fh);
	return 0;
}

static int read_file(const char *path, char *buffer, size_t size, off_t at, struct fuse_file_info *info)
{
	const struct content *content = (const void *)(uintptr_t)info->fh;

	(void)path;
	if (at < 0 || (size_t)at >= content->size)
		return 0;
	if (size > content->size - (size_t)at)
		size = content->size - (size_t)at;
	memcpy(buffer, content->bytes + at, size);
	return (int)size;
}

static int set(const char *line, size_t size)
{
	char name[32];
	unsigned value;
	char text[64];

	(void)snprintf(text, sizeof text, "%.*s", (int)size, line);
	if (sscanf(text, "%31s %u", name, &value) != 2)
		return -EINVAL;
	if (strcmp(name, "reset") == 0) {
		memset(&faults, 0, sizeof faults);
		return (int)size;
	}
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (strcmp(settings[i].name, name) == 0) {
			*settings[i].value = value;
			return (int)size;
		}
	}
	return -EINVAL;
}

static int write_file(const char *path, const char *buffer, size_t size, off_t at, struct fuse_file_info *info)
{
	enum file file = find(path);

	(void)at;
	(void)info;
	if (file == FILE_CONTROL)
		return set(buffer, size);
	if (file != FILE_REPORT_DATA)
		return -EACCES;
	if (faults.write_error != 0)
		return -(int)faults.write_error;
	/* Gramine fills short data with zeros and drops what is too long. */
	memset(report_data, 0, sizeof report_data);
	memcpy(report_data, buffer, size < sizeof report_data ? size : sizeof report_data);
	return (int)size;
}

static int from_caller(uint64_t address, void *data, size_t size)
{
	struct iovec here = { data, size };
	struct iovec there = { (void *)(uintptr_t)address, size };

	return process_vm_readv(fuse_get_context()->pid, &here, 1, &there, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int to_caller(uint64_t address, void *data, size_t size)
{
	struct iovec here = { data, size };
	struct iovec there = { (void *)(uintptr_t)address, size };

	return process_vm_writev(fuse_get_context()->pid, &here, 1, &there, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int give_report(const uint64_t *pointers)
{
	uint8_t report[REPORT_SIZE] = { 0 };

	memset(report, CPU_SVN_BYTE, 16);
	report[REPORT_ISV_SVN] = ISV_SVN;
	return to_caller(pointers[2], report, sizeof report);
}

static int give_quote(const uint64_t *pointers)
{
	uint8_t data[REPORT_DATA_SIZE];
	uint32_t size = size_of_quote();
	uint32_t room;
	uint8_t *quote;
	int result;

	if (from_caller(pointers[0], data, sizeof data) != 0 || from_caller(pointers[1], &room, sizeof room) != 0)
		return -EFAULT;
	if (faults.quote_error != 0 || room < size)
		return faults.quote_error != 0 ? -(int)faults.quote_error : -EINVAL;
	quote = malloc(size);
	if (quote == NULL)
		return -ENOMEM;
	make_quote(quote, size, data);
	result = to_caller(pointers[2], quote, size);
	free(quote);
	return result;
}

/* EGETKEY: refuses versions above its own. The key depends on every byte of the request. */
static int give_key(const uint64_t *pointers)
{
	static const uint8_t attribute_flags[8] = { 0x0B, 0, 0, 0, 0, 0, 0, 0xFF };
	static const uint8_t misc[4] = { 0, 0, 0, 0xF0 };
	uint8_t request[KEY_REQUEST_SIZE];
	uint8_t key[KEY_SIZE];
	uint64_t hash = 14695981039346656037u;

	if (from_caller(pointers[0], request, sizeof request) != 0)
		return -EFAULT;
	if (faults.key_error != 0)
		return -(int)faults.key_error;
	if (request[0] != 4 || request[2] < 1 || request[2] > 2 || request[4] > ISV_SVN || request[8] > CPU_SVN_BYTE
		|| memcmp(request + 24, attribute_flags, sizeof attribute_flags) != 0 || memcmp(request + 72, misc, sizeof misc) != 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof request; i++)
		hash = (hash ^ request[i]) * 1099511628211u;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = faults.zero_key ? 0 : (uint8_t)((hash >> (i % 8 * 8)) + i);
	return to_caller(pointers[1], key, sizeof key);
}

static int control_device(const char *path, unsigned command, void *argument, struct fuse_file_info *info, unsigned flags, void *data)
{
	(void)argument;
	(void)info;
	(void)flags;
	if (find(path) != FILE_DEVICE)
		return -ENOTTY;
	switch (command) {
	case 0xC0187304u:
		return give_report(data);
	case 0x80047307u:
		*(uint32_t *)data = size_of_quote();
		return -(int)faults.size_error;
	case 0xC0187308u:
		return give_quote(data);
	case 0xC010730Bu:
		return give_key(data);
	default:
		return -ENOTTY;
	}
}

static int truncate_file(const char *path, off_t size, struct fuse_file_info *info)
{
	(void)path;
	(void)size;
	(void)info;
	return 0;
}

int main(int count, char **arguments)
{
	static const struct fuse_operations operations = {
		.getattr = attributes,
		.open = open_file,
		.release = release_file,
		.read = read_file,
		.write = write_file,
		.ioctl = control_device,
		.truncate = truncate_file,
	};

	return fuse_main(count, arguments, &operations, NULL);
}
