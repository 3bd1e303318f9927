/* SPDX-License-Identifier: MIT */
#ifndef MYSTIKOS_H
#define MYSTIKOS_H

struct mystikos {
	int absent;            /* the system has no such calls */
	long result;           /* of Open Enclave, 0: no failure */
	int wrong_report_data;
	unsigned report_size;  /* 0: as many bytes as a report has */
	unsigned key_id_size;
	int zero_key;
	int lent;              /* blocks of memory that were given out and not taken back */
};

/* Exported by the preloaded library under this name. */
#define MYSTIKOS_SYMBOL "mystikos"

#endif
