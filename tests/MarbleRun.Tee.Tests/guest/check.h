/* SPDX-License-Identifier: MIT */
/*
 * Checks of the native shim as it ships. Each check prints one line, "ok NAME" or "not ok NAME: reason"; lines that begin with "#" are
 * remarks. The shim is loaded by its path, or linked statically (MR_STATIC).
 */
#ifndef CHECK_H
#define CHECK_H

#include "marblerun_native.h"

#include <stdbool.h>

struct shim {
	uint32_t (*abi_version)(void);
	int32_t (*open)(uint32_t, uint32_t, mr_context **);
	void (*close)(mr_context *);
	int32_t (*get_info)(const mr_context *, mr_info *);
	int32_t (*get_evidence)(const mr_context *, const uint8_t *, size_t, mr_blob *, mr_blob *);
	int32_t (*get_sealing_key)(const mr_context *, uint32_t, const uint8_t *, size_t, mr_blob *, mr_blob *);
	int32_t (*extend)(const mr_context *, uint32_t, const uint8_t *, size_t);
	void (*blob_free)(mr_blob *);
	int32_t (*last_error)(int32_t *, char *, size_t);
	const char *(*status_name)(int32_t);
};
extern struct shim shim;

struct check {
	const char *name;
	void (*run)(void);
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EXPECT(condition) expect((condition), #condition, __LINE__)

/* path is ignored by programs with the static shim. */
void load_shim(const char *path);

/* The first that does not hold is what the check's line says. */
void expect(bool holds, const char *what, int line);
bool holds_so_far(void);

/* Runs a check, and then compares the number of open descriptors with that before it. after, which may be NULL, is called too. */
void run_checks(const char *prefix, const struct check *checks, size_t count, void (*after)(void));

/* The number of checks that failed. */
int failed_checks(void);

/* What the last failure of the shim was. */
int last_errno(void);
bool last_words_have(const char *words);

/* A context on the stack of a check; closes itself. */
mr_context *open_tee(uint32_t backend);

/* One request on a context of its own kind; the bytes are freed by the next call in this thread. */
struct answer {
	int32_t status;
	mr_blob evidence;
	mr_blob auxiliary;
};
struct answer ask(const mr_context *context, const uint8_t *report_data);
void free_answer(struct answer *answer);
void make_report_data(uint8_t *report_data, unsigned seed);
/* Asks, and expects this status; frees the answer. */
void expect_status(uint32_t backend, int32_t status);

int open_descriptors(void);

#endif
