/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int32_t mr_bytes_allocate(struct mr_bytes *bytes, size_t size)
{
	bytes->data = sys_allocate(size);
	bytes->size = 0;
	if (bytes->data == NULL)
		return mr_fail(MR_NO_MEMORY, ENOMEM, "%zu bytes could not be allocated", size);
	memset(bytes->data, 0, size);
	bytes->size = size;
	return MR_OK;
}

int32_t mr_bytes_copy(struct mr_bytes *bytes, const void *data, size_t size)
{
	int32_t status = mr_bytes_allocate(bytes, size);

	if (status == MR_OK)
		memcpy(bytes->data, data, size);
	return status;
}

void mr_bytes_free(struct mr_bytes *bytes)
{
	if (bytes->data != NULL) {
		explicit_bzero(bytes->data, bytes->size);
		free(bytes->data);
	}
	bytes->data = NULL;
	bytes->size = 0;
}

void mr_blob_free(mr_blob *blob)
{
	if (blob == NULL || blob->data == NULL)
		return;
	explicit_bzero(blob->data, blob->size);
	free(blob->data);
	blob->data = NULL;
	blob->size = 0;
}

uint16_t mr_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t mr_get32(const uint8_t *p)
{
	return (uint32_t)mr_get16(p) | (uint32_t)mr_get16(p + 2) << 16;
}

uint64_t mr_get64(const uint8_t *p)
{
	return (uint64_t)mr_get32(p) | (uint64_t)mr_get32(p + 4) << 32;
}

void mr_put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

void mr_put32(uint8_t *p, uint32_t value)
{
	mr_put16(p, (uint16_t)value);
	mr_put16(p + 2, (uint16_t)(value >> 16));
}

void mr_put64(uint8_t *p, uint64_t value)
{
	mr_put32(p, (uint32_t)value);
	mr_put32(p + 4, (uint32_t)(value >> 32));
}

uint64_t mr_address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}
