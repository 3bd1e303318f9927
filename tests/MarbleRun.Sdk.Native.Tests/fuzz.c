/* SPDX-License-Identifier: MIT */
/* libFuzzer: the first byte chooses the world, the next ones what the platform answers; the rest are the bytes that come from outside. */
#include "fake_system.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void fuzz_evidence(const uint8_t *input, size_t size)
{
	struct mr_bytes evidence = { (uint8_t *)(uintptr_t)input, size };
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	uint32_t format;

	memset(report_data, 0, sizeof report_data);
	for (format = MR_FORMAT_UNKNOWN; format <= MR_FORMAT_OE_REPORT + 1; format++)
		(void)mr_check_evidence(format, &evidence, report_data);
}

static void fuzz_key_id(const mr_context *context, const uint8_t *input, size_t size)
{
	mr_blob key = { .struct_size = sizeof key };
	mr_blob id = { .struct_size = sizeof id };

	(void)mr_get_sealing_key(context, MR_POLICY_UNIQUE, input, size, &key, &id);
	mr_blob_free(&key);
	mr_blob_free(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	mr_context *context = NULL;
	mr_blob evidence = { .struct_size = sizeof evidence };
	mr_blob auxiliary = { .struct_size = sizeof auxiliary };
	uint8_t report_data[MR_REPORT_DATA_SIZE] = { 1 };

	if (size < 8)
		return 0;
	fake_reset((enum fake_world)(input[0] % (WORLD_MYSTIKOS + 1)));
	if (mr_open(MR_BACKEND_AUTO, 0, &context) == MR_OK) {
		fake.lies = input[1] & 1;
		fake.evidence_size = mr_get16(input + 2);
		fake.quote_version = input[1] >> 4;
		fake.announced_size = fake.world == WORLD_MYSTIKOS && fake.evidence_size > 8000 ? 0 : mr_get16(input + 4) & 0x1FFF;
		fake.key_size = fake.world == WORLD_MYSTIKOS ? input[6] % 65 : input[6];
		fake.largest_read = input[7];
		(void)mr_get_evidence(context, report_data, sizeof report_data, &evidence, &auxiliary);
		mr_blob_free(&evidence);
		mr_blob_free(&auxiliary);
		fuzz_key_id(context, input + 8, size - 8);
		mr_close(context);
		if (fake.open_files != 0 || fake.folders != 0 || fake.mystikos_memory != 0)
			abort();
	}
	fuzz_evidence(input + 8, size - 8);
	return 0;
}
