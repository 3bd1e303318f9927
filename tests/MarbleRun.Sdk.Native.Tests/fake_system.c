/* SPDX-License-Identifier: MIT */
#include "fake_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;

#define FIRST_FD 1000
#define MAX_FILES 64
#define ISV_SVN 7
#define MAX_FOLDERS 16
#define TSM "/sys/kernel/config/tsm/report/"

/* Threads that call the library at the same time share this system, so that its calls exclude each other. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	int used;
	char path[128];
	uint8_t *data;
	size_t size;
	size_t at;
	int writes;
} files[MAX_FILES];

/* A request of configfs-tsm: a folder. */
struct folder {
	char path[96]; /* empty: not used */
	unsigned generation;
	int has_report_data;
	uint8_t report_data[MR_REPORT_DATA_SIZE];
};

static struct folder folders[MAX_FOLDERS];
static uint8_t report_data[MR_REPORT_DATA_SIZE];
static int probed;

void fake_reset(enum fake_world world)
{
	memset(&fake, 0, sizeof fake);
	memset(files, 0, sizeof files);
	memset(folders, 0, sizeof folders);
	memset(report_data, 0, sizeof report_data);
	probed = 0;
	fake.world = world;
	fake.attestation_type = "dcap";
	fake.auxiliary_size = world == WORLD_SNP ? 4096 : 0;
	fake.now = 1000;
}

static int ends_with(const char *path, const char *end)
{
	size_t length = strlen(path);
	size_t tail = strlen(end);

	return length >= tail && strcmp(path + length - tail, end) == 0;
}

/* The folder itself, or the one that a file is in; NULL if there is none. */
static struct folder *find_folder(const char *path)
{
	const char *end = strncmp(path, TSM, sizeof TSM - 1) == 0 ? strchr(path + sizeof TSM - 1, '/') : NULL;
	size_t length = end != NULL ? (size_t)(end - path) : strlen(path);
	int i;

	for (i = 0; i < MAX_FOLDERS; i++) {
		if (folders[i].path[0] != 0 && strlen(folders[i].path) == length && strncmp(folders[i].path, path, length) == 0)
			return &folders[i];
	}
	return NULL;
}

/* Whether this call fails; errno is set. */
static int fails(char call, const char *path)
{
	fake.calls++;
	if (fake.calls == fake.fail_call_number) {
		errno = EIO;
		return 1;
	}
	if (call == fake.fault_call && fake.fault_count > 0 && (fake.fault_path == NULL || ends_with(path, fake.fault_path))) {
		fake.fault_count--;
		errno = fake.fault_errno;
		return 1;
	}
	return 0;
}

static void *fake_allocate(size_t size)
{
	fake.allocations++;
	return fake.allocations == fake.fail_allocation_number ? NULL : malloc(size);
}

static void *fake_grow(void *memory, size_t size)
{
	fake.allocations++;
	return fake.allocations == fake.fail_allocation_number ? NULL : realloc(memory, size);
}

static size_t sgx_quote(uint8_t *quote, size_t size)
{
	size_t length = fake.evidence_size != 0 ? fake.evidence_size : 4734;

	if (length > size)
		length = size;
	memset(quote, 0x11, length);
	if (length >= 436) {
		mr_put16(quote, fake.quote_version != 0 ? (uint16_t)fake.quote_version : 3);
		memcpy(quote + 368, report_data, MR_REPORT_DATA_SIZE);
		quote[368] ^= (uint8_t)fake.lies;
	}
	return length;
}

static void tsm_report(int file)
{
	int snp = fake.world == WORLD_SNP;
	size_t at = snp ? 0x50 : fake.quote_version == 5 ? 574 : 568;
	size_t length = fake.evidence_size != 0 ? fake.evidence_size : snp ? 1184 : 5006;
	uint8_t *data = calloc(1, length);

	if (data == NULL)
		abort();
	if (length >= 8) {
		mr_put16(data, snp ? 3 : fake.quote_version != 0 ? (uint16_t)fake.quote_version : 4);
		if (!snp)
			mr_put32(data + 4, 0x81);
	}
	if (length >= at + MR_REPORT_DATA_SIZE) {
		memcpy(data + at, find_folder(files[file].path)->report_data, MR_REPORT_DATA_SIZE);
		data[at] ^= (uint8_t)fake.lies;
	}
	files[file].data = data;
	files[file].size = length;
}

static void set_text(int file, const char *text)
{
	files[file].size = strlen(text);
	files[file].data = malloc(files[file].size + 1);
	if (files[file].data == NULL)
		abort();
	memcpy(files[file].data, text, files[file].size + 1);
}

static int is_tsm(void)
{
	return fake.world == WORLD_TDX || fake.world == WORLD_SNP || fake.world == WORLD_CCA;
}

#define NATURAL_CPU_SVN 0x22

static uint8_t cpu_svn(void)
{
	return fake.cpu_svn != 0 ? fake.cpu_svn : NATURAL_CPU_SVN;
}

/* A byte of what EGETKEY derives: another request, machine, or code with the policy of the measurement, is another key. */
static uint8_t sgx_key(const uint8_t *request, int i)
{
	return (uint8_t)((i * 7) ^ request[40 + i] ^ request[8 + (i & 15)] ^ request[4] ^ (request[2] << 6) ^ fake.machine ^ (request[2] == 1 ? fake.code : 0)
		^ 0x5A);
}

/* The processor derives keys of its own microcode, and of those before. */
static int sgx_refuses(const uint8_t *request)
{
	return request[8] > cpu_svn() || request[4] > ISV_SVN;
}

/* 0, or an errno. */
static int make_content(int file, const char *path)
{
	char text[32];

	if (strncmp(path, TSM, sizeof TSM - 1) == 0) {
		const struct folder *folder = find_folder(path);

		if (!is_tsm() || folder == NULL)
			return ENOENT;
		if (ends_with(path, "/provider")) {
			const char *name = fake.world == WORLD_TDX ? "tdx_guest\n" : fake.world == WORLD_SNP ? "sev_guest\n" : "arm_cca_guest\n";

			set_text(file, probed && fake.provider_changes ? "sev_guest\n" : name);
			return 0;
		}
		if (ends_with(path, "/generation")) {
			(void)snprintf(text, sizeof text, "%u\n", folder->generation + fake.extra_generations);
			set_text(file, text);
			return 0;
		}
		if (ends_with(path, "/privlevel_floor")) {
			if (fake.floor == NULL)
				return ENOENT;
			(void)snprintf(text, sizeof text, "%s\n", fake.floor);
			set_text(file, text);
			return 0;
		}
		if (ends_with(path, "/auxblob") && fake.auxiliary_size == 0)
			return ENOENT;
		return 0; /* inblob, outblob, auxblob, privlevel: by read and write */
	}
	if (strncmp(path, "/dev/attestation/", 17) == 0) {
		if (fake.world != WORLD_GRAMINE)
			return ENOENT;
		if (ends_with(path, "attestation_type"))
			set_text(file, fake.attestation_type);
		if (ends_with(path, "/quote")) {
			size_t size = fake.evidence_size != 0 ? fake.evidence_size : 4734;

			files[file].data = malloc(size);
			if (files[file].data == NULL)
				abort();
			files[file].size = sgx_quote(files[file].data, size);
		}
		if (ends_with(path, "_sgx_mrenclave") || ends_with(path, "_sgx_mrsigner")) {
			files[file].size = fake.key_size != 0 ? fake.key_size : 16;
			files[file].data = malloc(files[file].size);
			if (files[file].data == NULL)
				abort();
			/* Without an identifier, new microcode is a new key. */
			memset(
				files[file].data,
				fake.key_of_zeros ? 0 : (ends_with(path, "mrsigner") ? 0xB7 : 0xA6 ^ fake.code) ^ fake.machine ^ (cpu_svn() - NATURAL_CPU_SVN),
				files[file].size);
		}
		return 0;
	}
	if (strcmp(path, "/dev/sgx") == 0)
		return fake.world == WORLD_OCCLUM ? 0 : ENOENT;
	if (strcmp(path, "/dev/sev-guest") == 0)
		return fake.world == WORLD_SNP || fake.world == WORLD_SEV_GUEST ? 0 : ENOENT;
	if (strncmp(path, "/sys/devices/virtual/misc/tdx_guest/measurements/", 49) == 0)
		return fake.world == WORLD_TDX ? 0 : ENOENT;
	return ENOENT;
}

static int fake_open(const char *path, int flags)
{
	int i;
	int error;

	(void)flags;
	if (fails('o', path))
		return -1;
	for (i = 0; i < MAX_FILES && files[i].used; i++)
		;
	if (i == MAX_FILES) {
		errno = EMFILE;
		return -1;
	}
	memset(&files[i], 0, sizeof files[i]);
	error = make_content(i, path);
	if (error != 0) {
		errno = error;
		return -1;
	}
	files[i].used = 1;
	(void)snprintf(files[i].path, sizeof files[i].path, "%s", path);
	fake.open_files++;
	return FIRST_FD + i;
}

static int fake_close(int fd)
{
	int i = fd - FIRST_FD;
	int failed;

	if (i < 0 || i >= MAX_FILES || !files[i].used)
		abort(); /* closed twice */
	if (is_tsm() && files[i].writes > 0) {
		struct folder *folder = find_folder(files[i].path);

		if (folder != NULL) {
			folder->generation++;
			folder->has_report_data |= ends_with(files[i].path, "/inblob");
		}
	}
	failed = fails('c', files[i].path);
	free(files[i].data);
	files[i].used = 0;
	fake.open_files--;
	return failed ? -1 : 0;
}

static ssize_t fake_read(int fd, void *buffer, size_t size)
{
	int i = fd - FIRST_FD;
	size_t count;

	if (fails('r', files[i].path))
		return -1;
	if (files[i].data == NULL && ends_with(files[i].path, "/outblob")) {
		const struct folder *folder = find_folder(files[i].path);

		if (folder == NULL || !folder->has_report_data) {
			errno = EINVAL;
			return -1;
		}
		tsm_report(i);
	}
	if (files[i].data == NULL && ends_with(files[i].path, "/auxblob")) {
		files[i].size = fake.auxiliary_size;
		files[i].data = malloc(files[i].size);
		if (files[i].data == NULL)
			abort();
		memset(files[i].data, 0xA5, files[i].size);
	}
	if (fake.read_too_much)
		return (ssize_t)size + 1;
	count = files[i].size - files[i].at;
	if (count > size)
		count = size;
	if (fake.largest_read != 0 && count > fake.largest_read)
		count = fake.largest_read;
	if (count > 0)
		memcpy(buffer, files[i].data + files[i].at, count);
	files[i].at += count;
	return (ssize_t)count;
}

static ssize_t fake_write(int fd, const void *buffer, size_t size)
{
	int i = fd - FIRST_FD;

	if (fails('w', files[i].path))
		return fake.fault_errno == 0 ? (ssize_t)size - 1 : -1; /* errno 0: a short write */
	files[i].writes++;
	if (ends_with(files[i].path, "/inblob") && find_folder(files[i].path) != NULL)
		memcpy(find_folder(files[i].path)->report_data, buffer, size < sizeof report_data ? size : sizeof report_data);
	if (ends_with(files[i].path, "user_report_data"))
		memcpy(report_data, buffer, size < sizeof report_data ? size : sizeof report_data);
	if (ends_with(files[i].path, ":sha384")) {
		if (size != MR_DIGEST_SIZE) {
			errno = EINVAL;
			return -1;
		}
		fake.rtmr_writes++;
		memcpy(fake.rtmr, buffer, size);
	}
	return (ssize_t)size;
}

static int occlum_ioctl(unsigned long request, void *argument)
{
	uint64_t *pointers = argument;

	switch (request) {
	case 0x80047307ul: {
		uint32_t size = fake.announced_size != 0 ? fake.announced_size : 4734;

		memcpy(argument, &size, sizeof size);
		return 0;
	}
	case 0xC0187308ul: {
		uint32_t size;

		memcpy(&size, (void *)(uintptr_t)pointers[1], sizeof size);
		memcpy(report_data, (void *)(uintptr_t)pointers[0], sizeof report_data);
		(void)sgx_quote((uint8_t *)(uintptr_t)pointers[2], size);
		return 0;
	}
	case 0xC0187304ul: {
		uint8_t *report = (uint8_t *)(uintptr_t)pointers[2];

		memset(report, NATURAL_CPU_SVN, MR_SGX_REPORT_SIZE);
		memset(report, cpu_svn(), 16);
		mr_put16(report + 258, ISV_SVN);
		mr_put16(report + 260, 9);
		return 0;
	}
	case 0xC010730Bul: {
		uint8_t *key = (uint8_t *)(uintptr_t)pointers[1];
		int i;

		memcpy(fake.last_key_request, (void *)(uintptr_t)pointers[0], sizeof fake.last_key_request);
		if (sgx_refuses(fake.last_key_request)) {
			errno = EINVAL;
			return -1;
		}
		for (i = 0; i < 16; i++)
			key[i] = fake.key_of_zeros ? 0 : sgx_key(fake.last_key_request, i);
		return 0;
	}
	default:
		errno = ENOTTY;
		return -1;
	}
}

static int sev_ioctl(unsigned long request, void *argument)
{
	struct {
		uint8_t version;
		uint8_t reserved[7];
		uint64_t request;
		uint64_t response;
		uint64_t exit_info;
	} call;
	uint8_t *asked;
	uint8_t *response;

	memcpy(&call, argument, sizeof call);
	if (call.version != 1 || call.exit_info != 0)
		abort();
	asked = (uint8_t *)(uintptr_t)call.request;
	response = (uint8_t *)(uintptr_t)call.response;
	call.exit_info = fake.exit_info;
	if (request == 0xC0205302ul && fake.exit_info == 0) {
		uint32_t size = mr_get32(asked + 104);

		if (fake.certificates_grow || size < fake.certificates_wanted) {
			mr_put32(asked + 104, fake.certificates_grow ? size + 4096 : fake.certificates_wanted);
			call.exit_info = (uint64_t)1 << 32;
			memcpy(argument, &call, sizeof call);
			errno = ENOSPC;
			return -1;
		}
		memset((void *)(uintptr_t)mr_get64(asked + 96), 0xC3, size);
		mr_put32(response, fake.firmware_status);
		mr_put32(response + 4, fake.evidence_size != 0 ? (uint32_t)fake.evidence_size : 1184);
		memcpy(response + 32 + 0x50, asked, MR_REPORT_DATA_SIZE);
		response[32 + 0x50] ^= (uint8_t)fake.lies;
	} else if (request == 0xC0205301ul && fake.exit_info == 0) {
		mr_put32(response, fake.firmware_status);
		memset(response + 32, fake.key_of_zeros ? 0 : (int)(0x40 + asked[8]) ^ fake.machine ^ fake.code, 32);
	} else if (fake.exit_info == 0) {
		errno = ENOTTY;
		return -1;
	}
	memcpy(argument, &call, sizeof call);
	if (fake.exit_info != 0) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *argument)
{
	int i = fd - FIRST_FD;

	if (fails('i', files[i].path))
		return -1;
	return strcmp(files[i].path, "/dev/sgx") == 0 ? occlum_ioctl(request, argument) : sev_ioctl(request, argument);
}

static int fake_mkdir(const char *path, mode_t mode)
{
	int i;

	(void)mode;
	if (fails('m', path))
		return -1;
	if (!is_tsm()) {
		errno = ENOENT;
		return -1;
	}
	for (i = 0; i < MAX_FOLDERS && folders[i].path[0] != 0; i++)
		;
	if (i == MAX_FOLDERS) {
		errno = ENOSPC;
		return -1;
	}
	memset(&folders[i], 0, sizeof folders[i]);
	(void)snprintf(folders[i].path, sizeof folders[i].path, "%s", path);
	fake.folders++;
	return 0;
}

static int fake_rmdir(const char *path)
{
	struct folder *folder = find_folder(path);

	if (fails('d', path))
		return -1;
	if (folder != NULL)
		folder->path[0] = 0;
	fake.folders--;
	probed = 1;
	return 0;
}

static int fake_uname(struct utsname *name)
{
	memset(name, 0, sizeof *name);
	(void)snprintf(name->sysname, sizeof name->sysname, "%s", fake.world == WORLD_OCCLUM ? "Occlum" : "Linux");
	(void)snprintf(name->release, sizeof name->release, "%s", fake.world == WORLD_MYSTIKOS ? "5.4.0" : "6.12.1");
	return 0;
}

static void *lend(size_t size)
{
	fake.mystikos_memory++;
	return calloc(1, size);
}

static void take_back(uint64_t address)
{
	if (address != 0) {
		fake.mystikos_memory--;
		free((void *)(uintptr_t)address);
	}
}

static void write_address(uint64_t where, uint64_t value)
{
	memcpy((void *)(uintptr_t)where, &value, sizeof value);
}

static void fill_random(uint8_t *buffer, size_t size)
{
	static uint8_t next;

	memset(buffer, ++next, size);
}

static long fake_call(long number, long argument)
{
	const uint64_t *arguments = (const uint64_t *)(uintptr_t)argument;
	uint8_t *data;

	fake.mystikos_calls++;
	if (fake.world != WORLD_MYSTIKOS) {
		errno = ENOSYS;
		return -1;
	}
	if (number != 1015 && number != 1027 && fails('s', ""))
		return fake.fault_errno == 0 ? 61 : -1;
	switch (number) {
	case 1008:
		return 8;
	case 1014:
		memcpy(report_data, (const void *)(uintptr_t)arguments[1], sizeof report_data);
		data = lend(8192);
		mr_put32(data, 1);
		mr_put32(data + 4, 2);
		{
			size_t size = sgx_quote(data + 16, 8192 - 16);

			mr_put64(data + 8, size);
			write_address(arguments[5], (uint64_t)(uintptr_t)data);
			write_address(arguments[6], fake.announced_size != 0 ? fake.announced_size : size + 16);
		}
		return 0;
	case 1015:
		take_back(arguments[0]);
		return 0;
	case 1020:
	case 1026: {
		int is_new = number == 1020;
		uint8_t *id = is_new ? lend(MR_SGX_KEY_REQUEST_SIZE) : NULL;
		const uint8_t *request = is_new ? id : (const uint8_t *)(uintptr_t)arguments[0];

		if (is_new) {
			mr_put16(id, 4);
			mr_put16(id + 2, (uint16_t)arguments[0]);
			mr_put16(id + 4, ISV_SVN);
			memset(id + 8, cpu_svn(), 16);
			fill_random(id + 40, 32);
			mr_put64(id + 24, UINT64_C(0xFF0000000000000B));
			mr_put32(id + 72, UINT32_C(0xF0000000));
			write_address(arguments[3], (uint64_t)(uintptr_t)id);
			write_address(arguments[4], MR_SGX_KEY_REQUEST_SIZE);
		} else if (sgx_refuses(request)) {
			return 16; /* OE_UNSUPPORTED */
		}
		data = lend(64);
		for (int i = 0; i < 16; i++)
			data[i] = fake.key_of_zeros ? 0 : sgx_key(request, i);
		write_address(arguments[is_new ? 1 : 2], (uint64_t)(uintptr_t)data);
		write_address(arguments[is_new ? 2 : 3], fake.key_size != 0 ? fake.key_size : 16);
		return 0;
	}
	case 1027:
		take_back(arguments[0]);
		take_back(arguments[1]);
		return 0;
	default:
		errno = ENOSYS;
		return -1;
	}
}

static ssize_t fake_random(void *buffer, size_t size)
{
	if (fails('g', ""))
		return -1;
	fill_random(buffer, size);
	return (ssize_t)size;
}

static int64_t fake_now(void)
{
	return fake.now;
}

/* Each call of the table, one at a time. */
#define LOCKED(type, name, parameters, arguments) \
	static type locked_##name parameters \
	{ \
		type result; \
\
		(void)pthread_mutex_lock(&lock); \
		result = fake_##name arguments; \
		(void)pthread_mutex_unlock(&lock); \
		return result; \
	}

LOCKED(int, open, (const char *path, int flags), (path, flags))
LOCKED(int, close, (int fd), (fd))
LOCKED(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size))
LOCKED(ssize_t, write, (int fd, const void *buffer, size_t size), (fd, buffer, size))
LOCKED(int, ioctl, (int fd, unsigned long request, void *argument), (fd, request, argument))
LOCKED(int, mkdir, (const char *path, mode_t mode), (path, mode))
LOCKED(int, rmdir, (const char *path), (path))
LOCKED(int, uname, (struct utsname *name), (name))
LOCKED(long, call, (long number, long argument), (number, argument))
LOCKED(ssize_t, random, (void *buffer, size_t size), (buffer, size))
LOCKED(int64_t, now, (void), ())
LOCKED(void *, allocate, (size_t size), (size))
LOCKED(void *, grow, (void *memory, size_t size), (memory, size))

static void locked_sleep(unsigned milliseconds)
{
	(void)pthread_mutex_lock(&lock);
	fake.now += milliseconds;
	(void)pthread_mutex_unlock(&lock);
}

struct mr_system mr_system = {
	locked_open, locked_close, locked_read, locked_write, locked_ioctl, locked_mkdir, locked_rmdir, locked_uname, locked_call, locked_random,
	locked_sleep, locked_now, locked_allocate, locked_grow,
};
