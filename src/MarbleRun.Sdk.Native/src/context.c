/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct mr_context {
	const struct mr_backend_ops *ops;
	struct mr_info info;
};

/* Library operating systems first: one may run inside a confidential virtual machine. */
static const struct mr_backend_ops *const backends[] = {
	&mr_mystikos, &mr_occlum, &mr_gramine, &mr_tsm, &mr_sev_guest, NULL,
};

uint32_t mr_abi_version(void)
{
	return MR_ABI_MAJOR << 16 | MR_ABI_MINOR;
}

static int32_t probe(const struct mr_backend_ops *ops, struct mr_info *info)
{
	memset(info, 0, sizeof *info);
	info->backend = ops->backend;
	return ops->probe(info);
}

static int32_t choose(uint32_t backend, uint32_t flags, struct mr_context *context)
{
	size_t i;

	for (i = 0; backends[i] != NULL; i++) {
		const struct mr_backend_ops *ops = backends[i];
		int32_t status;

		if (backend == MR_BACKEND_AUTO ? ops == &mr_mystikos && (flags & MR_OPEN_NO_MYSTIKOS) != 0 : ops->backend != backend)
			continue;
		status = probe(ops, &context->info);
		if (status == MR_OK) {
			context->ops = ops;
			return MR_OK;
		}

		/* A TEE that is there and does not work is no reason to take another one. */
		if (backend != MR_BACKEND_AUTO || status != MR_NO_TEE)
			return status;
	}
	if (backend != MR_BACKEND_AUTO)
		return mr_fail(MR_ARGUMENT, 0, "there is no backend %u", backend);
	return mr_fail(
		MR_NO_TEE, 0, "no Mystikos, Occlum or Gramine with SGX, no provider in /sys/kernel/config/tsm/report and no /dev/sev-guest was found");
}

int32_t mr_open(uint32_t backend, uint32_t flags, mr_context **context)
{
	struct mr_context *made;
	int32_t status;

	mr_clear_error();
	if (context == NULL)
		return mr_fail(MR_ARGUMENT, 0, "context is NULL");
	*context = NULL;
	if ((flags & ~(uint32_t)MR_OPEN_NO_MYSTIKOS) != 0)
		return mr_fail(MR_ARGUMENT, 0, "flags has bits that this version does not know: %#x", flags);
	made = sys_allocate(sizeof *made);
	if (made == NULL)
		return mr_fail(MR_NO_MEMORY, 0, "the context could not be allocated");
	status = choose(backend, flags, made);
	if (status != MR_OK) {
		free(made);
		return status;
	}
	mr_clear_error();
	*context = made;
	return MR_OK;
}

void mr_close(mr_context *context)
{
	free(context);
}

int32_t mr_get_info(const mr_context *context, mr_info *info)
{
	uint32_t size;

	mr_clear_error();
	if (context == NULL || info == NULL || info->struct_size < sizeof *info)
		return mr_fail(MR_ARGUMENT, 0, "context or info is NULL, or info->struct_size is below %zu", sizeof *info);
	size = (uint32_t)sizeof *info;
	memcpy(info, &context->info, size);
	info->struct_size = size;
	return MR_OK;
}

static int is_blob(const mr_blob *blob)
{
	return blob->struct_size >= sizeof *blob;
}

static void give(mr_blob *blob, const struct mr_bytes *bytes)
{
	blob->data = bytes->data;
	blob->size = bytes->size;
}

static void clear(mr_blob *blob)
{
	blob->data = NULL;
	blob->size = 0;
}

int32_t mr_get_evidence(
	const mr_context *context, const uint8_t *report_data, size_t report_data_size, mr_blob *evidence, mr_blob *auxiliary)
{
	struct mr_bytes made = { NULL, 0 };
	struct mr_bytes more = { NULL, 0 };
	int32_t status;

	mr_clear_error();
	if (context == NULL || report_data == NULL || evidence == NULL || !is_blob(evidence) || (auxiliary != NULL && !is_blob(auxiliary)))
		return mr_fail(MR_ARGUMENT, 0, "an argument is NULL, or a blob's struct_size is too small");
	if (report_data_size != MR_REPORT_DATA_SIZE)
		return mr_fail(MR_ARGUMENT, 0, "report data have %u bytes, not %zu", MR_REPORT_DATA_SIZE, report_data_size);
	clear(evidence);
	if (auxiliary != NULL)
		clear(auxiliary);
	status = context->ops->evidence(&context->info, report_data, &made, auxiliary == NULL ? NULL : &more);
	if (status == MR_OK)
		status = mr_check_evidence(context->info.format, &made, report_data);
	if (status != MR_OK) {
		mr_bytes_free(&made);
		mr_bytes_free(&more);
		return status;
	}
	give(evidence, &made);
	if (auxiliary != NULL)
		give(auxiliary, &more);
	return MR_OK;
}

static int is_zero(const struct mr_bytes *bytes)
{
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < bytes->size; i++)
		any |= bytes->data[i];
	return any == 0;
}

int32_t mr_get_sealing_key(
	const mr_context *context, uint32_t policy, const uint8_t *key_id, size_t key_id_size, mr_blob *key, mr_blob *new_key_id)
{
	/* The backends only read it. */
	struct mr_bytes id = { (uint8_t *)(uintptr_t)key_id, key_id_size }; /* NOLINT(performance-no-int-to-ptr) */
	struct mr_bytes made = { NULL, 0 };
	struct mr_bytes made_id = { NULL, 0 };
	uint32_t capability = policy == MR_POLICY_UNIQUE ? MR_CAN_KEY_UNIQUE : MR_CAN_KEY_PRODUCT;
	int32_t status;

	mr_clear_error();
	if (context == NULL || key == NULL || !is_blob(key) || new_key_id == NULL || !is_blob(new_key_id) || (key_id == NULL && key_id_size > 0))
		return mr_fail(MR_ARGUMENT, 0, "an argument is NULL, or a blob's struct_size is too small");
	if (policy != MR_POLICY_UNIQUE && policy != MR_POLICY_PRODUCT)
		return mr_fail(MR_ARGUMENT, 0, "there is no policy %u", policy);
	clear(key);
	clear(new_key_id);
	if ((context->info.capabilities & capability) == 0)
		return mr_fail(
			MR_UNSUPPORTED, 0, "'%s' has no sealing key by %s", context->info.provider, policy == MR_POLICY_UNIQUE ? "measurement" : "signer");
	status = context->ops->sealing_key(&context->info, policy, &id, &made, &made_id);
	/* What a file or a device that only pretends would give. */
	if (status == MR_OK && is_zero(&made))
		status = mr_fail(MR_PROTOCOL, 0, "'%s' returned a key of zeros", context->info.provider);
	if (status != MR_OK) {
		mr_bytes_free(&made);
		mr_bytes_free(&made_id);
		return status;
	}
	give(key, &made);
	give(new_key_id, &made_id);
	return MR_OK;
}

int32_t mr_extend(const mr_context *context, uint32_t index, const uint8_t *digest, size_t digest_size)
{
	mr_clear_error();
	if (context == NULL || digest == NULL || digest_size != MR_DIGEST_SIZE)
		return mr_fail(MR_ARGUMENT, 0, "an argument is NULL, or the digest does not have %u bytes", MR_DIGEST_SIZE);
	if ((context->info.capabilities & MR_CAN_EXTEND) == 0)
		return mr_fail(MR_UNSUPPORTED, 0, "'%s' has no register that can be extended; TDX has them from Linux 6.16 on", context->info.provider);
	return mr_rtmr_extend(index, digest);
}
