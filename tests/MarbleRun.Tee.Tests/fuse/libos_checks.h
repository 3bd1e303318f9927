/* SPDX-License-Identifier: MIT */
#ifndef LIBOS_CHECKS_H
#define LIBOS_CHECKS_H

#include "check.h"

#define SGX_QUOTE_SIZE 4734
#define SGX_REPORT_DATA 368

/* Faults of the file system in libos.c. */
void set_fault(const char *name, unsigned value);
void reset_faults(void);

void expect_info(uint32_t backend, const char *provider, uint32_t format, uint32_t capabilities);
bool has_report_data_at(const mr_blob *evidence, size_t offset, const uint8_t *report_data);
void expect_evidence(uint32_t backend, size_t size, size_t offset);
void expect_evidence_for_threads(uint32_t backend, size_t offset);
int32_t derive(uint32_t backend, uint32_t policy, const mr_blob *key_id, mr_blob *key, mr_blob *new_key_id);
void expect_keys_with_identifiers(uint32_t backend);
void expect_no_key(uint32_t backend, int32_t status);

void check_gramine(const char *prefix);
void check_occlum(const char *prefix);
void check_mystikos(const char *prefix);

#endif
