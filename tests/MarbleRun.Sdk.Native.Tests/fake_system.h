/* SPDX-License-Identifier: MIT */
/* The system as the library sees it, in memory: Linux's configfs-tsm and sev-guest, Gramine, Occlum and Mystikos, with faults on demand. */
#ifndef FAKE_SYSTEM_H
#define FAKE_SYSTEM_H

#include "internal.h"

enum fake_world {
	WORLD_NONE,
	WORLD_TDX,
	WORLD_SNP,
	WORLD_SEV_GUEST, /* a kernel without configfs-tsm */
	WORLD_CCA,       /* configfs-tsm with a provider that the library does not know */
	WORLD_GRAMINE,
	WORLD_GRAMINE_DIRECT,
	WORLD_OCCLUM,
	WORLD_MYSTIKOS
};

struct fake {
	enum fake_world world;

	/* Which platform it is: other values are other keys. */
	uint8_t machine;
	uint8_t code;    /* the measurement */
	uint8_t cpu_svn; /* the version of the microcode; 0: the natural one, 0x22 */

	/* What the platform answers. */
	int lies;                     /* about other report data */
	size_t evidence_size;         /* 0: the natural one */
	unsigned quote_version;       /* 0: the natural one */
	const char *attestation_type; /* of Gramine */
	const char *floor;            /* of configfs-tsm: privlevel_floor, NULL if there is none */
	size_t auxiliary_size;        /* 0: the kernel has no auxiliary blob */
	uint32_t announced_size;      /* Occlum, Mystikos: the size that is said; 0: the true one */
	size_t key_size;              /* 0: the natural one */
	int key_of_zeros;
	uint32_t certificates_wanted; /* sev-guest: the host wants a buffer of so many bytes */
	int certificates_grow;        /* sev-guest: the host wants more each time */
	uint32_t firmware_status;
	uint64_t exit_info;
	unsigned extra_generations;   /* another process writes so many times */
	int provider_changes;         /* after the probe */

	/* Faults of calls. */
	const char *fault_path; /* the last part of the path; NULL: any */
	char fault_call;        /* o open, r read, w write, c close, i ioctl, m mkdir, d rmdir, g random; 0: none */
	int fault_errno;
	int fault_count;        /* so many times */
	long fail_call_number;  /* this call into the system fails with EIO; 0: none */
	long fail_allocation_number;
	size_t largest_read;    /* short reads; 0: any */
	int read_too_much;      /* a read says that it read more than there was room for */

	/* What happened. */
	long calls;
	long allocations;
	int64_t now;
	int open_files;
	int folders;
	int rtmr_writes;
	uint8_t rtmr[MR_DIGEST_SIZE];
	int mystikos_calls;
	int mystikos_memory; /* blocks that were not given back */
	uint8_t last_key_request[MR_SGX_KEY_REQUEST_SIZE];
};

extern struct fake fake;

void fake_reset(enum fake_world world);

#endif
