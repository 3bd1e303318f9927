/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <string.h>

/*
 * Offsets: Intel SGX ECDSA Quote Library Reference (quote 3: header 48 bytes, REPORTDATA at 320 of the body); Intel TDX DCAP Quoting
 * Library API (quote 4: body at 48, quote 5: body at 54, REPORTDATA at 520 of the body); AMD SEV-SNP ABI, ATTESTATION_REPORT.
 */
enum {
	SGX_REPORT_DATA = 368,
	SGX_SMALLEST = 436,
	TDX4_REPORT_DATA = 568,
	TDX5_REPORT_DATA = 574,
	TDX_TEE_TYPE = 0x81,
	SNP_REPORT_DATA = 0x50,
	SNP_SIZE = 1184,
	OE_HEADER = 16
};

static int32_t compare(const uint8_t *data, size_t size, size_t offset, const uint8_t *report_data)
{
	if (size < offset + MR_REPORT_DATA_SIZE)
		return mr_fail(MR_PROTOCOL, 0, "the evidence has %zu bytes, which is too short for its format", size);
	return memcmp(data + offset, report_data, MR_REPORT_DATA_SIZE) == 0 ? MR_OK : mr_fail(
		MR_PROTOCOL, 0, "the evidence is about other report data than those that were asked for");
}

static int32_t check_sgx(const uint8_t *data, size_t size, const uint8_t *report_data)
{
	if (size < SGX_SMALLEST || mr_get16(data) != 3)
		return mr_fail(MR_PROTOCOL, 0, "the evidence (%zu bytes) is not an SGX quote of version 3", size);
	return compare(data, size, SGX_REPORT_DATA, report_data);
}

static int32_t check_tdx(const uint8_t *data, size_t size, const uint8_t *report_data)
{
	if (size < 8 || mr_get32(data + 4) != TDX_TEE_TYPE || (mr_get16(data) != 4 && mr_get16(data) != 5))
		return mr_fail(MR_PROTOCOL, 0, "the evidence (%zu bytes) is not a TDX quote of version 4 or 5", size);
	return compare(data, size, mr_get16(data) == 4 ? TDX4_REPORT_DATA : TDX5_REPORT_DATA, report_data);
}

static int32_t check_oe(const uint8_t *data, size_t size, const uint8_t *report_data)
{
	if (size < OE_HEADER || mr_get32(data) != 1 || mr_get32(data + 4) != 2 || mr_get64(data + 8) != size - OE_HEADER)
		return mr_fail(MR_PROTOCOL, 0, "the evidence (%zu bytes) is not a remote report of Open Enclave", size);
	return check_sgx(data + OE_HEADER, size - OE_HEADER, report_data);
}

int32_t mr_check_evidence(uint32_t format, const struct mr_bytes *evidence, const uint8_t *report_data)
{
	switch (format) {
	case MR_FORMAT_SGX_QUOTE:
		return check_sgx(evidence->data, evidence->size, report_data);
	case MR_FORMAT_TDX_QUOTE:
		return check_tdx(evidence->data, evidence->size, report_data);
	case MR_FORMAT_SNP_REPORT:
		if (evidence->size != SNP_SIZE)
			return mr_fail(MR_PROTOCOL, 0, "the evidence has %zu bytes; a report of SEV-SNP has %d", evidence->size, SNP_SIZE);
		return compare(evidence->data, evidence->size, SNP_REPORT_DATA, report_data);
	case MR_FORMAT_OE_REPORT:
		return check_oe(evidence->data, evidence->size, report_data);
	default:
		return mr_fail(MR_INTERNAL, 0, "evidence of the format %u cannot be checked", format);
	}
}
