/* SPDX-License-Identifier: MIT */
#ifndef MR_INTERNAL_H
#define MR_INTERNAL_H

#include "marblerun_native.h"
#include "system.h"

/* Evidence and auxiliary blobs end here: the limit of configfs-tsm in Linux 7. */
#define MR_LARGEST_BLOB ((size_t)16 << 20)

/* The platform may be busy with an earlier request for about half a minute (the kernel's TDX driver waits 30 seconds). */
#define MR_DEADLINE_MS 35000

struct mr_bytes {
	uint8_t *data;
	size_t size;
};

/* One way to a TEE. Each file that implements one exports exactly its table. */
struct mr_backend_ops {
	uint32_t backend;
	/* Whether this process has it; sets provider, format and capabilities. MR_NO_TEE lets the automatic search go on. */
	int32_t (*probe)(struct mr_info *info);
	int32_t (*evidence)(const struct mr_info *info, const uint8_t *report_data, struct mr_bytes *evidence, struct mr_bytes *auxiliary);
	int32_t (*sealing_key)(
		const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id);
};

extern const struct mr_backend_ops mr_gramine;
extern const struct mr_backend_ops mr_occlum;
extern const struct mr_backend_ops mr_mystikos;
extern const struct mr_backend_ops mr_tsm;
extern const struct mr_backend_ops mr_sev_guest;

/* error.c: records a failure of this thread, and returns the status. system_error is an errno or 0. */
int32_t mr_fail(int32_t status, int system_error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The status for an errno that has no other meaning to the caller. */
int32_t mr_fail_errno(int system_error, const char *what, const char *path);
void mr_clear_error(void);

/* bytes.c */
int32_t mr_bytes_allocate(struct mr_bytes *bytes, size_t size); /* zeroed */
int32_t mr_bytes_copy(struct mr_bytes *bytes, const void *data, size_t size);
void mr_bytes_free(struct mr_bytes *bytes);
uint16_t mr_get16(const uint8_t *p);
uint32_t mr_get32(const uint8_t *p);
uint64_t mr_get64(const uint8_t *p);
void mr_put16(uint8_t *p, uint16_t value);
void mr_put32(uint8_t *p, uint32_t value);
void mr_put64(uint8_t *p, uint64_t value);
uint64_t mr_address_of(const void *pointer); /* as calls into the system take it */

/* file.c: without words; -1 with errno, or 0. EINTR is passed on: only the caller knows whether a repetition is harmless. */
int mr_read_file(const char *path, struct mr_bytes *bytes, size_t largest); /* EFBIG above the largest size, ENOMEM */
int mr_read_text(const char *path, char *text, size_t size);                /* at most size - 1 bytes; without the line end */
int mr_write_file(const char *path, const void *data, size_t size);         /* in one write; also what close() says */

/* evidence.c */
int32_t mr_check_evidence(uint32_t format, const struct mr_bytes *evidence, const uint8_t *report_data);

/* sgx_key.c: the compact identifier of a sealing key of SGX, and the KEYREQUEST for it. */
#define MR_SGX_KEY_SIZE 16u
#define MR_SGX_KEY_REQUEST_SIZE 512u
#define MR_SGX_REPORT_SIZE 432u

/*
 * The masks of every key request: all attributes and features but those that the system sets. A mask that a caller could choose would give
 * debug enclaves the same key.
 */
#define MR_SGX_ATTRIBUTE_FLAGS UINT64_C(0xFF0000000000000B)
#define MR_SGX_MISC_MASK UINT32_C(0xF0000000)

int32_t mr_sgx_new_key_id(uint32_t policy, const uint8_t *report, struct mr_bytes *key_id);
int32_t mr_sgx_key_request(uint32_t policy, const struct mr_bytes *key_id, uint8_t *request);

/* rtmr.c */
int mr_rtmr_exists(void);
int32_t mr_rtmr_extend(uint32_t index, const uint8_t *digest);

/* sev_guest.c: the derived key, also for SEV-SNP behind configfs-tsm. */
int mr_sev_guest_exists(void);
int32_t mr_sev_guest_key(
	const struct mr_info *info, uint32_t policy, const struct mr_bytes *key_id, struct mr_bytes *key, struct mr_bytes *new_key_id);

#endif
