/* SPDX-License-Identifier: MIT */
/*
 * The primitives of a trusted execution environment (TEE) for a process that runs inside it: evidence, sealing keys, measurement registers.
 *
 * Threads: all functions may be called from any thread. A context does not change after mr_open, so that threads may share it; mr_close
 * must come last. The library reads no environment variable.
 *
 * Strings are ASCII. Integers are little-endian. All functions that return int32_t return MR_OK or one of the negative statuses below; the
 * numbers never change. After a failure mr_last_error has the details for the calling thread.
 */
#ifndef MARBLERUN_NATIVE_H
#define MARBLERUN_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library hides everything that is not declared here. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define MR_ABI_MAJOR 1u
#define MR_ABI_MINOR 0u

#define MR_REPORT_DATA_SIZE 64u
#define MR_DIGEST_SIZE 48u
#define MR_PROVIDER_SIZE 32u
#define MR_ERROR_SIZE 256u

/* Statuses. */
enum {
	MR_OK = 0,
	MR_ARGUMENT = -1,    /* an argument is invalid: an error of the caller */
	MR_UNSUPPORTED = -2, /* this TEE, or its configuration, does not offer the operation */
	MR_NO_TEE = -3,      /* the process does not run in the TEE that was asked for, or in none */
	MR_IO = -4,          /* the interface of the TEE failed; see the errno */
	MR_DENIED = -5,      /* the process has no permission: evidence from Linux needs root */
	MR_BUSY = -6,        /* the platform was busy until the deadline of about 35 seconds */
	MR_TIMEOUT = -7,     /* the platform did not answer; the quoting service of the host may be down */
	MR_PROTOCOL = -8,    /* the answer does not have the documented form, or is about other report data */
	MR_CONFLICT = -9,    /* another process changed the request before the evidence was read */
	MR_TOO_LARGE = -10,  /* the answer is larger than the library accepts */
	MR_NO_MEMORY = -11,
	MR_INTERNAL = -12    /* a fault of the library */
};

/* Backends: how this process reaches its TEE. */
enum {
	MR_BACKEND_AUTO = 0,
	MR_BACKEND_GRAMINE = 1,   /* SGX; Gramine's /dev/attestation */
	MR_BACKEND_OCCLUM = 2,    /* SGX; Occlum's /dev/sgx */
	MR_BACKEND_MYSTIKOS = 3,  /* SGX; system calls of Mystikos; experimental */
	MR_BACKEND_TSM = 4,       /* TDX and SEV-SNP; Linux's configfs-tsm (Linux 6.7 or later) */
	MR_BACKEND_SEV_GUEST = 5  /* SEV-SNP; /dev/sev-guest, for kernels without configfs-tsm */
};

/* Flags of mr_open. */
enum {
	/* Do not look for Mystikos, which is found by an unusual system call: for sandboxes that end a process for one. */
	MR_OPEN_NO_MYSTIKOS = 1u
};

/* Capabilities of a context. */
enum {
	MR_CAN_EVIDENCE = 1u,    /* mr_get_evidence */
	MR_CAN_AUXILIARY = 2u,   /* mr_get_evidence may return an auxiliary blob: the certificates of SEV-SNP */
	MR_CAN_KEY_UNIQUE = 4u,  /* mr_get_sealing_key by measurement */
	MR_CAN_KEY_PRODUCT = 8u, /* mr_get_sealing_key by signer and product */
	MR_CAN_KEY_ID = 16u,     /* keys have an identifier, with which the same key is derived after an update of the platform */
	MR_CAN_EXTEND = 32u      /* mr_extend */
};

/* Formats of evidence. */
enum {
	MR_FORMAT_UNKNOWN = 0,
	MR_FORMAT_SGX_QUOTE = 1,  /* Intel SGX ECDSA quote, version 3 */
	MR_FORMAT_TDX_QUOTE = 2,  /* Intel TDX quote, version 4 or 5 */
	MR_FORMAT_SNP_REPORT = 3, /* AMD SEV-SNP attestation report, 1184 bytes */
	MR_FORMAT_OE_REPORT = 4   /* a header of Open Enclave (16 bytes), then an SGX quote */
};

/* Which code a sealing key belongs to. */
enum {
	MR_POLICY_UNIQUE = 1, /* exactly this code: MRENCLAVE, or the launch measurement of SEV-SNP */
	MR_POLICY_PRODUCT = 2 /* all code of this signer and product: MRSIGNER */
};

typedef struct mr_context mr_context;

/*
 * The caller sets struct_size to sizeof(mr_info). The library fills as much of it as both sides know and sets struct_size to that length.
 */
typedef struct mr_info {
	uint32_t struct_size;
	uint32_t backend;
	uint32_t capabilities;
	uint32_t format;
	char provider[MR_PROVIDER_SIZE]; /* "tdx_guest", "sev_guest", "gramine", …; ends in a zero byte */
} mr_info;

/* Bytes that the library allocated. The caller sets struct_size, and frees them by mr_blob_free. */
typedef struct mr_blob {
	uint32_t struct_size;
	uint32_t reserved;
	uint8_t *data;
	size_t size;
} mr_blob;

/* MR_ABI_MAJOR << 16 | MR_ABI_MINOR of the library. A caller refuses another major version. */
uint32_t mr_abi_version(void);

/*
 * Finds the TEE. With MR_BACKEND_AUTO in this order: Mystikos, Occlum, Gramine, configfs-tsm, /dev/sev-guest. MR_NO_TEE if there is
 * none; the library has no simulation.
 */
int32_t mr_open(uint32_t backend, uint32_t flags, mr_context **context);

/* NULL is allowed. */
void mr_close(mr_context *context);

int32_t mr_get_info(const mr_context *context, mr_info *info);

/*
 * Evidence over the report data, which are exactly MR_REPORT_DATA_SIZE bytes. Takes up to 35 seconds where the platform is busy. The
 * library compares the report data inside the evidence with those that were asked for. It does not verify signatures.
 *
 * auxiliary may be NULL; it is empty where the platform has nothing to add.
 */
int32_t mr_get_evidence(
	const mr_context *context, const uint8_t *report_data, size_t report_data_size, mr_blob *evidence, mr_blob *auxiliary);

/*
 * A key that only this code (policy) on this machine can derive: 16 or 32 bytes. Use it through a key derivation function.
 *
 * Where the context has MR_CAN_KEY_ID: without a key_id (NULL, 0) a new key is made, and new_key_id is what derives it again; store it,
 * it is not a secret. With a key_id the same key is derived again, and new_key_id is left empty. Elsewhere key_id must be empty.
 */
int32_t mr_get_sealing_key(
	const mr_context *context, uint32_t policy, const uint8_t *key_id, size_t key_id_size, mr_blob *key, mr_blob *new_key_id);

/*
 * Extends a runtime measurement register by a SHA-384 digest of MR_DIGEST_SIZE bytes. TDX: RTMR 2 or 3 (Linux 6.16 or later); 3 is the
 * app's. What is extended stays until the machine ends.
 */
int32_t mr_extend(const mr_context *context, uint32_t index, const uint8_t *digest, size_t digest_size);

/* Overwrites the bytes with zeros and frees them. NULL and an empty blob are allowed. */
void mr_blob_free(mr_blob *blob);

/*
 * The last failure in this thread: its status, or MR_OK. *system_error is the errno, or 0; text (which may be NULL) gets words, ended by
 * a zero byte, at most MR_ERROR_SIZE bytes with it.
 */
int32_t mr_last_error(int32_t *system_error, char *text, size_t text_size);

/* "MR_IO"; "MR_UNKNOWN" for a number that is not a status. */
const char *mr_status_name(int32_t status);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
