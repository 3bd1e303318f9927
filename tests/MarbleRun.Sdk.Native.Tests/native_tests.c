/* SPDX-License-Identifier: MIT */
/* What the library does with each answer of the system, those included that no kernel can be made to give. */
#include "fake_system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
static int checks;
static const char *current;

#define CHECK(condition) \
	do { \
		checks++; \
		if (!(condition)) { \
			failures++; \
			printf("%s, line %d: %s is not true (status text: %s)\n", current, __LINE__, #condition, last_text()); \
		} \
	} while (0)

static uint8_t data[MR_REPORT_DATA_SIZE];
static mr_blob evidence;
static mr_blob auxiliary;
static mr_blob key;
static mr_blob key_id;

static const char *last_text(void)
{
	static char text[MR_ERROR_SIZE];

	(void)mr_last_error(NULL, text, sizeof text);
	return text;
}

static int last_errno(void)
{
	int32_t error;

	(void)mr_last_error(&error, NULL, 0);
	return error;
}

static void clean(void)
{
	mr_blob_free(&evidence);
	mr_blob_free(&auxiliary);
	mr_blob_free(&key);
	mr_blob_free(&key_id);
	evidence = auxiliary = key = key_id = (mr_blob){ .struct_size = sizeof(mr_blob) };
}

static mr_context *open_world(enum fake_world world)
{
	mr_context *context = NULL;

	clean();
	fake_reset(world);
	memset(data, 0x42, sizeof data);
	if (mr_open(MR_BACKEND_AUTO, 0, &context) != MR_OK)
		return NULL;
	return context;
}

static int32_t ask(const mr_context *context)
{
	clean();
	return mr_get_evidence(context, data, sizeof data, &evidence, &auxiliary);
}

static int32_t derive(const mr_context *context, uint32_t policy)
{
	clean();
	return mr_get_sealing_key(context, policy, NULL, 0, &key, &key_id);
}

static int nothing_left(void)
{
	return fake.open_files == 0 && fake.folders == 0 && fake.mystikos_memory == 0;
}

static void Open_InEachWorld_FindsItsBackend(void)
{
	static const struct {
		enum fake_world world;
		uint32_t backend;
		uint32_t format;
		uint32_t capabilities;
		const char *provider;
	} rows[] = {
		{ WORLD_TDX, MR_BACKEND_TSM, MR_FORMAT_TDX_QUOTE, MR_CAN_EVIDENCE | MR_CAN_EXTEND, "tdx_guest" },
		{ WORLD_SNP, MR_BACKEND_TSM, MR_FORMAT_SNP_REPORT, MR_CAN_EVIDENCE | MR_CAN_AUXILIARY | MR_CAN_KEY_UNIQUE, "sev_guest" },
		{ WORLD_SEV_GUEST, MR_BACKEND_SEV_GUEST, MR_FORMAT_SNP_REPORT, MR_CAN_EVIDENCE | MR_CAN_AUXILIARY | MR_CAN_KEY_UNIQUE, "sev_guest" },
		{ WORLD_GRAMINE, MR_BACKEND_GRAMINE, MR_FORMAT_SGX_QUOTE, MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT, "gramine" },
		{ WORLD_OCCLUM, MR_BACKEND_OCCLUM, MR_FORMAT_SGX_QUOTE,
			MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID, "occlum" },
		{ WORLD_MYSTIKOS, MR_BACKEND_MYSTIKOS, MR_FORMAT_OE_REPORT,
			MR_CAN_EVIDENCE | MR_CAN_KEY_UNIQUE | MR_CAN_KEY_PRODUCT | MR_CAN_KEY_ID, "mystikos" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		mr_context *context = open_world(rows[i].world);
		mr_context *chosen = NULL;
		mr_info info = { .struct_size = sizeof info };

		CHECK(context != NULL && mr_get_info(context, &info) == MR_OK);
		CHECK(info.backend == rows[i].backend && info.format == rows[i].format && info.capabilities == rows[i].capabilities);
		CHECK(strcmp(info.provider, rows[i].provider) == 0);
		CHECK(mr_open(rows[i].backend, 0, &chosen) == MR_OK);
		CHECK(nothing_left());
		mr_close(chosen);
		mr_close(context);
	}
}

static void Open_WithoutTee_SaysSoAndNeverSimulates(void)
{
	static const enum fake_world worlds[] = { WORLD_NONE, WORLD_GRAMINE_DIRECT };
	size_t i;
	uint32_t backend;

	for (i = 0; i < 2; i++) {
		mr_context *context = (mr_context *)&context;

		fake_reset(worlds[i]);
		CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_NO_TEE && context == NULL);
		for (backend = MR_BACKEND_GRAMINE; backend <= MR_BACKEND_SEV_GUEST; backend++)
			CHECK(mr_open(backend, 0, &context) == MR_NO_TEE && context == NULL);
		CHECK(nothing_left());
	}
}

static void Open_TeeThatFails_IsNotReplacedByAnother(void)
{
	mr_context *context = NULL;

	fake_reset(WORLD_CCA);
	CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_UNSUPPORTED && context == NULL && nothing_left());
	fake_reset(WORLD_SNP);
	fake.fault_call = 'm';
	fake.fault_errno = EACCES;
	fake.fault_count = 1;
	CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_DENIED && last_errno() == EACCES && context == NULL);
	CHECK(strstr(last_text(), "root") != NULL);
	fake_reset(WORLD_SEV_GUEST);
	fake.fault_call = 'o';
	fake.fault_path = "sev-guest";
	fake.fault_errno = EACCES;
	fake.fault_count = 1;
	CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_DENIED && context == NULL);
}

static void Open_WithTheFlag_DoesNotCallMystikos(void)
{
	mr_context *context = NULL;

	fake_reset(WORLD_MYSTIKOS);
	CHECK(mr_open(MR_BACKEND_AUTO, MR_OPEN_NO_MYSTIKOS, &context) == MR_NO_TEE && fake.mystikos_calls == 0);
	/* On any other Linux the call is not made at all. */
	fake_reset(WORLD_TDX);
	CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_OK && fake.mystikos_calls == 0);
	mr_close(context);
}

static void Arguments_ThatAreInvalid_AreRefused(void)
{
	mr_context *context = open_world(WORLD_TDX);
	mr_context *other;
	mr_info info = { .struct_size = sizeof info - 1 };
	mr_blob small = { .struct_size = sizeof small - 1 };

	CHECK(mr_open(MR_BACKEND_AUTO, 0, NULL) == MR_ARGUMENT);
	CHECK(mr_open(6, 0, &other) == MR_ARGUMENT && other == NULL);
	CHECK(mr_open(MR_BACKEND_AUTO, 2, &other) == MR_ARGUMENT && other == NULL);
	CHECK(mr_get_info(context, &info) == MR_ARGUMENT && mr_get_info(NULL, &info) == MR_ARGUMENT && mr_get_info(context, NULL) == MR_ARGUMENT);
	CHECK(mr_get_evidence(context, data, 63, &evidence, NULL) == MR_ARGUMENT);
	CHECK(mr_get_evidence(context, data, 65, &evidence, NULL) == MR_ARGUMENT);
	CHECK(mr_get_evidence(context, NULL, 64, &evidence, NULL) == MR_ARGUMENT);
	CHECK(mr_get_evidence(context, data, 64, &small, NULL) == MR_ARGUMENT);
	CHECK(mr_get_evidence(context, data, 64, &evidence, &small) == MR_ARGUMENT);
	CHECK(mr_get_evidence(NULL, data, 64, &evidence, NULL) == MR_ARGUMENT);
	CHECK(mr_get_sealing_key(context, 0, NULL, 0, &key, &key_id) == MR_ARGUMENT);
	CHECK(mr_get_sealing_key(context, MR_POLICY_UNIQUE, NULL, 1, &key, &key_id) == MR_ARGUMENT);
	CHECK(mr_extend(context, 3, data, 47) == MR_ARGUMENT && mr_extend(context, 3, NULL, 48) == MR_ARGUMENT);
	CHECK(mr_extend(context, 1, data, 48) == MR_ARGUMENT && mr_extend(context, 4, data, 48) == MR_ARGUMENT && fake.rtmr_writes == 0);
	mr_blob_free(NULL);
	mr_close(NULL);
	mr_close(context);
}

static void Info_OfANewerCaller_IsFilledAsFarAsKnown(void)
{
	struct {
		mr_info info;
		uint8_t more[16];
	} newer = { .info = { .struct_size = sizeof newer } };
	mr_context *context = open_world(WORLD_TDX);

	memset(newer.more, 0x77, sizeof newer.more);
	CHECK(mr_get_info(context, &newer.info) == MR_OK && newer.info.struct_size == sizeof(mr_info) && newer.more[0] == 0x77);
	mr_close(context);
}

static void Evidence_InEachWorld_IsOverTheReportData(void)
{
	static const enum fake_world worlds[] = { WORLD_TDX, WORLD_SNP, WORLD_SEV_GUEST, WORLD_GRAMINE, WORLD_OCCLUM, WORLD_MYSTIKOS };
	size_t i;

	for (i = 0; i < sizeof worlds / sizeof *worlds; i++) {
		mr_context *context = open_world(worlds[i]);
		int has_auxiliary = worlds[i] == WORLD_SNP || worlds[i] == WORLD_SEV_GUEST;

		CHECK(ask(context) == MR_OK && evidence.size > 400 && mr_last_error(NULL, NULL, 0) == MR_OK);
		CHECK((auxiliary.size > 0) == has_auxiliary);
		/* The same without room for the auxiliary blob. */
		clean();
		CHECK(mr_get_evidence(context, data, sizeof data, &evidence, NULL) == MR_OK && nothing_left());
		fake.lies = 1;
		CHECK(ask(context) == MR_PROTOCOL && evidence.data == NULL && auxiliary.data == NULL && nothing_left());
		CHECK(strstr(last_text(), "other report data") != NULL);
		mr_close(context);
	}
}

static void Evidence_OfAWrongForm_IsRefused(void)
{
	static const struct {
		enum fake_world world;
		size_t size;
		unsigned version;
		int32_t status;
	} rows[] = {
		{ WORLD_TDX, 7, 0, MR_PROTOCOL }, { WORLD_TDX, 10, 0, MR_PROTOCOL }, { WORLD_TDX, 631, 0, MR_PROTOCOL }, { WORLD_TDX, 632, 0, MR_OK },
		{ WORLD_TDX, 637, 5, MR_PROTOCOL }, { WORLD_TDX, 638, 5, MR_OK }, { WORLD_TDX, 5006, 3, MR_PROTOCOL },
		{ WORLD_TDX, 5006, 6, MR_PROTOCOL },
		{ WORLD_TDX, 32768, 0, MR_OK }, { WORLD_TDX, 40000, 0, MR_OK }, { WORLD_TDX, 16u << 20, 0, MR_OK },
		{ WORLD_TDX, (16u << 20) + 1, 0, MR_TOO_LARGE }, { WORLD_SNP, 1183, 0, MR_PROTOCOL }, { WORLD_SNP, 1185, 0, MR_PROTOCOL },
		{ WORLD_GRAMINE, 435, 0, MR_PROTOCOL }, { WORLD_GRAMINE, 436, 0, MR_OK }, { WORLD_GRAMINE, 4734, 4, MR_PROTOCOL },
		{ WORLD_GRAMINE, 65537, 0, MR_TOO_LARGE }, { WORLD_SEV_GUEST, 1183, 0, MR_PROTOCOL }, { WORLD_MYSTIKOS, 100, 0, MR_PROTOCOL },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		mr_context *context = open_world(rows[i].world);
		int32_t status;

		fake.evidence_size = rows[i].size;
		fake.quote_version = rows[i].version;
		status = ask(context);
		if (status != rows[i].status)
			printf("row %zu: %s\n", i, mr_status_name(status));
		CHECK(status == rows[i].status && nothing_left());
		mr_close(context);
	}
}

static void Evidence_EmptyAnswer_IsRefused(void)
{
	mr_context *context = open_world(WORLD_TDX);

	fake.fault_call = 'r';
	fake.fault_path = "/outblob";
	fake.fault_errno = EINVAL;
	fake.fault_count = 1;
	CHECK(ask(context) == MR_IO && last_errno() == EINVAL && nothing_left());
	fake.read_too_much = 1;
	CHECK(ask(context) == MR_IO && nothing_left());
	mr_close(context);
}

static void Sizes_ThatAreAnnounced_AreNotBelieved(void)
{
	static const struct {
		enum fake_world world;
		uint32_t size;
		int32_t status;
	} rows[] = {
		{ WORLD_OCCLUM, UINT32_MAX, MR_TOO_LARGE }, { WORLD_OCCLUM, 65537, MR_TOO_LARGE }, { WORLD_OCCLUM, 1, MR_PROTOCOL },
		{ WORLD_MYSTIKOS, UINT32_MAX, MR_TOO_LARGE }, { WORLD_MYSTIKOS, 15, MR_PROTOCOL },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		mr_context *context = open_world(rows[i].world);

		fake.announced_size = rows[i].size;
		CHECK(ask(context) == rows[i].status && nothing_left());
		mr_close(context);
	}
}

static void Tsm_BusyOrInterrupted_IsAskedAgainUntilTheDeadline(void)
{
	static const int errors[] = { EBUSY, EINTR };
	size_t i;

	for (i = 0; i < 2; i++) {
		mr_context *context = open_world(WORLD_TDX);

		fake.fault_call = 'r';
		fake.fault_path = "/outblob";
		fake.fault_errno = errors[i];
		fake.fault_count = 20;
		CHECK(ask(context) == MR_OK && fake.now > 1000);
		fake.fault_count = 1000000;
		CHECK(ask(context) == MR_BUSY && last_errno() == errors[i] && nothing_left());
		CHECK(fake.now > 1000 + MR_DEADLINE_MS && fake.now < 1000 + 2 * MR_DEADLINE_MS + 20000);
		mr_close(context);
	}
}

static void Tsm_ErrorsOfTheHost_AreNamed(void)
{
	static const struct {
		int error;
		int32_t status;
	} rows[] = { { EIO, MR_IO }, { ETIMEDOUT, MR_TIMEOUT }, { EFBIG, MR_TOO_LARGE }, { ENXIO, MR_IO }, { EPERM, MR_DENIED } };
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		mr_context *context = open_world(WORLD_SNP);

		fake.fault_call = 'r';
		fake.fault_path = "/outblob";
		fake.fault_errno = rows[i].error;
		fake.fault_count = 1;
		CHECK(ask(context) == rows[i].status && last_errno() == rows[i].error && nothing_left());
		CHECK(strstr(last_text(), "/outblob") != NULL);
		mr_close(context);
	}
}

static void Tsm_SomebodyElseWrites_IsAConflict(void)
{
	mr_context *context = open_world(WORLD_TDX);

	fake.extra_generations = 1;
	CHECK(ask(context) == MR_CONFLICT && evidence.data == NULL && nothing_left());
	mr_close(context);
	/* A write that the kernel does not take over at close leaves the generation behind. */
	context = open_world(WORLD_TDX);
	fake.fault_call = 'w';
	fake.fault_path = "/inblob";
	fake.fault_count = 1;
	CHECK(ask(context) == MR_IO && nothing_left());
	mr_close(context);
}

static void Tsm_ProviderThatChanges_IsRefused(void)
{
	mr_context *context = open_world(WORLD_TDX);

	fake.provider_changes = 1;
	CHECK(ask(context) == MR_PROTOCOL && nothing_left());
	mr_close(context);
}

static void Tsm_BelowAParavisor_AsksForItsLevel(void)
{
	mr_context *context = open_world(WORLD_SNP);

	fake.floor = "2";
	CHECK(ask(context) == MR_OK && nothing_left());
	fake.floor = "0";
	CHECK(ask(context) == MR_OK && nothing_left());
	mr_close(context);
}

static void Tsm_FolderNameTaken_TriesAnother(void)
{
	mr_context *context = open_world(WORLD_TDX);

	fake.fault_call = 'm';
	fake.fault_errno = EEXIST;
	fake.fault_count = 3;
	CHECK(ask(context) == MR_OK && nothing_left());
	fake.fault_count = 4;
	CHECK(ask(context) == MR_IO && last_errno() == EEXIST && nothing_left());
	mr_close(context);
}

static void Tsm_WithoutAuxiliaryBlob_LeavesItEmpty(void)
{
	mr_context *context = open_world(WORLD_SNP);

	fake.auxiliary_size = 0;
	CHECK(ask(context) == MR_OK && auxiliary.data == NULL && auxiliary.size == 0);
	mr_close(context);
}

static void SevGuest_CertificatesThatNeedRoom_GetIt(void)
{
	mr_context *context = open_world(WORLD_SEV_GUEST);

	fake.certificates_wanted = 40000;
	CHECK(ask(context) == MR_OK && auxiliary.size == 40000 && nothing_left());
	fake.certificates_wanted = (1u << 20) + 1;
	CHECK(ask(context) == MR_TOO_LARGE && nothing_left());
	fake.certificates_wanted = 0;
	fake.certificates_grow = 1;
	CHECK(ask(context) == MR_PROTOCOL && nothing_left());
	mr_close(context);
}

static void SevGuest_ErrorsOfFirmwareAndHost_AreNamed(void)
{
	mr_context *context = open_world(WORLD_SEV_GUEST);

	fake.exit_info = 0x16;
	CHECK(ask(context) == MR_IO && strstr(last_text(), "error 22 of the firmware") != NULL && nothing_left());
	CHECK(derive(context, MR_POLICY_UNIQUE) == MR_IO && key.data == NULL && nothing_left());
	fake.exit_info = 0;
	fake.firmware_status = 0x27;
	CHECK(ask(context) == MR_PROTOCOL && nothing_left());
	CHECK(derive(context, MR_POLICY_UNIQUE) == MR_PROTOCOL && key.data == NULL && nothing_left());
	mr_close(context);
}

static void SevGuest_BusyForEver_EndsAtTheDeadline(void)
{
	mr_context *context = open_world(WORLD_SEV_GUEST);

	fake.fault_call = 'i';
	fake.fault_errno = EAGAIN;
	fake.fault_count = 5;
	CHECK(ask(context) == MR_OK);
	fake.fault_errno = EINTR;
	fake.fault_count = 1000000;
	CHECK(ask(context) == MR_BUSY && nothing_left());
	mr_close(context);
}

static void Key_InEachWorld_IsOfItsPolicy(void)
{
	static const struct {
		enum fake_world world;
		size_t size;
		int has_product;
		size_t id_size;
	} rows[] = {
		{ WORLD_SNP, 32, 0, 0 }, { WORLD_SEV_GUEST, 32, 0, 0 }, { WORLD_GRAMINE, 16, 1, 0 }, { WORLD_OCCLUM, 16, 1, 60 },
		{ WORLD_MYSTIKOS, 16, 1, MR_SGX_KEY_REQUEST_SIZE },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		mr_context *context = open_world(rows[i].world);

		CHECK(derive(context, MR_POLICY_UNIQUE) == MR_OK && key.size == rows[i].size && key_id.size == rows[i].id_size);
		CHECK(derive(context, MR_POLICY_PRODUCT) == (rows[i].has_product ? MR_OK : MR_UNSUPPORTED) && nothing_left());
		fake.key_of_zeros = 1;
		CHECK(derive(context, MR_POLICY_UNIQUE) == MR_PROTOCOL && key.data == NULL && key_id.data == NULL && nothing_left());
		mr_close(context);
	}
}

static void Key_OfTdx_IsUnsupported(void)
{
	mr_context *context = open_world(WORLD_TDX);

	CHECK(derive(context, MR_POLICY_UNIQUE) == MR_UNSUPPORTED && derive(context, MR_POLICY_PRODUCT) == MR_UNSUPPORTED);
	mr_close(context);
}

static void Key_ByItsIdentifier_IsTheSame(void)
{
	static const enum fake_world worlds[] = { WORLD_OCCLUM, WORLD_MYSTIKOS };
	size_t i;

	for (i = 0; i < 2; i++) {
		mr_context *context = open_world(worlds[i]);
		mr_blob again = { .struct_size = sizeof again };
		mr_blob none = { .struct_size = sizeof none };

		CHECK(derive(context, MR_POLICY_PRODUCT) == MR_OK);
		CHECK(mr_get_sealing_key(context, MR_POLICY_PRODUCT, key_id.data, key_id.size, &again, &none) == MR_OK && none.data == NULL);
		CHECK(again.size == key.size && memcmp(again.data, key.data, key.size) == 0);
		mr_blob_free(&again);

		/* Another policy, another length, and masks that would admit other enclaves. */
		CHECK(mr_get_sealing_key(context, MR_POLICY_UNIQUE, key_id.data, key_id.size, &again, &none) == MR_ARGUMENT);
		CHECK(mr_get_sealing_key(context, MR_POLICY_PRODUCT, key_id.data, key_id.size - 1, &again, &none) == MR_ARGUMENT);
		key_id.data[worlds[i] == WORLD_OCCLUM ? 0 : 24] ^= 2;
		CHECK(mr_get_sealing_key(context, MR_POLICY_PRODUCT, key_id.data, key_id.size, &again, &none) == MR_ARGUMENT && nothing_left());
		mr_close(context);
	}
}

static void Key_OfOcclum_HasConstantMasks(void)
{
	mr_context *context = open_world(WORLD_OCCLUM);
	const uint8_t *request = fake.last_key_request;

	CHECK(derive(context, MR_POLICY_PRODUCT) == MR_OK);
	CHECK(mr_get16(request) == 4 && mr_get16(request + 2) == 2 && mr_get16(request + 4) == 7 && mr_get16(request + 76) == 9);
	CHECK(mr_get64(request + 24) == UINT64_C(0xFF0000000000000B) && mr_get64(request + 32) == 0);
	CHECK(mr_get32(request + 72) == UINT32_C(0xF0000000));
	mr_close(context);
}

static void Key_OfGramine_HasNoIdentifierAndOneSize(void)
{
	static const size_t sizes[] = { 1, 15, 17, 4096 };
	mr_context *context = open_world(WORLD_GRAMINE);
	size_t i;

	CHECK(mr_get_sealing_key(context, MR_POLICY_UNIQUE, data, 1, &key, &key_id) == MR_ARGUMENT);
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		fake.key_size = sizes[i];
		CHECK(derive(context, MR_POLICY_UNIQUE) == (sizes[i] > 16 ? MR_TOO_LARGE : MR_PROTOCOL) && key.data == NULL && nothing_left());
	}
	mr_close(context);
}

static void Gramine_WithoutRemoteAttestation_HasKeysAlone(void)
{
	mr_context *context = NULL;

	clean();
	fake_reset(WORLD_GRAMINE);
	fake.attestation_type = "none";
	CHECK(mr_open(MR_BACKEND_AUTO, 0, &context) == MR_OK);
	CHECK(ask(context) == MR_UNSUPPORTED && strstr(last_text(), "sgx.remote_attestation") != NULL);
	CHECK(derive(context, MR_POLICY_UNIQUE) == MR_OK);
	mr_close(context);
}

static void Gramine_QuoteThatFails_IsNoMatterOfPermissions(void)
{
	mr_context *context = open_world(WORLD_GRAMINE);

	fake.fault_call = 'o';
	fake.fault_path = "/quote";
	fake.fault_errno = EACCES;
	fake.fault_count = 1;
	CHECK(ask(context) == MR_IO && last_errno() == EACCES && strstr(last_text(), "aesmd") != NULL);
	mr_close(context);
}

static void Extend_OfTdx_WritesOnce(void)
{
	mr_context *context = open_world(WORLD_TDX);
	mr_context *other = open_world(WORLD_SNP);

	CHECK(mr_extend(other, 3, data, MR_DIGEST_SIZE) == MR_UNSUPPORTED);
	mr_close(other);
	fake_reset(WORLD_TDX);
	CHECK(mr_extend(context, 3, data, MR_DIGEST_SIZE) == MR_OK && fake.rtmr_writes == 1 && memcmp(fake.rtmr, data, MR_DIGEST_SIZE) == 0);
	fake.fault_call = 'w';
	fake.fault_path = ":sha384";
	fake.fault_errno = EINTR;
	fake.fault_count = 1;
	CHECK(mr_extend(context, 3, data, MR_DIGEST_SIZE) == MR_BUSY && fake.rtmr_writes == 1 && nothing_left());
	mr_close(context);
}

static void Reads_OfAnyLength_GiveTheSame(void)
{
	static const enum fake_world worlds[] = { WORLD_TDX, WORLD_SNP, WORLD_GRAMINE };
	size_t i;

	for (i = 0; i < sizeof worlds / sizeof *worlds; i++) {
		mr_context *context = open_world(worlds[i]);

		fake.largest_read = 1;
		CHECK(ask(context) == MR_OK && nothing_left());
		fake.largest_read = 37;
		CHECK(ask(context) == MR_OK && nothing_left());
		mr_close(context);
	}
}

/* Each call, and each allocation, fails once: nothing leaks, nothing is given out, and the words are there. */
static void Failure_OfEachCall_LeavesNothing(void)
{
	static const enum fake_world worlds[] = { WORLD_TDX, WORLD_SNP, WORLD_SEV_GUEST, WORLD_GRAMINE, WORLD_OCCLUM, WORLD_MYSTIKOS };
	size_t i;
	int kind;
	int operation;

	for (i = 0; i < sizeof worlds / sizeof *worlds; i++) {
		for (kind = 0; kind < 2; kind++) {
			for (operation = 0; operation < 2; operation++) {
				long n;
				int32_t status = MR_INTERNAL;

				for (n = 1; n < 200; n++) {
					mr_context *context = open_world(worlds[i]);
					int left;

					if (operation == 1 && worlds[i] == WORLD_TDX) {
						mr_close(context);
						status = MR_OK;
						break;
					}
					fake.calls = fake.allocations = 0;
					*(kind == 0 ? &fake.fail_call_number : &fake.fail_allocation_number) = n;
					status = operation == 0 ? ask(context) : derive(context, MR_POLICY_UNIQUE);
					/* A folder whose removal fails is the one thing that stays. */
					left = fake.open_files != 0 || fake.mystikos_memory != 0 || fake.folders > (kind == 0 ? 1 : 0);
					CHECK(!left);
					if (status != MR_OK) {
						CHECK(evidence.data == NULL && auxiliary.data == NULL && key.data == NULL && key_id.data == NULL);
						CHECK(*last_text() != 0 && mr_last_error(NULL, NULL, 0) == status);
						CHECK(kind == 0 || status == MR_NO_MEMORY);
					}
					mr_close(context);
					if ((kind == 0 ? fake.calls : fake.allocations) < n)
						break;
				}
				CHECK(status == MR_OK);
			}
		}
	}
}

static void Open_AllocationThatFails_IsSaid(void)
{
	mr_context *context = NULL;
	long n;

	for (n = 1; n < 10; n++) {
		fake_reset(WORLD_TDX);
		fake.fail_allocation_number = n;
		if (mr_open(MR_BACKEND_AUTO, 0, &context) == MR_OK)
			break;
		CHECK(mr_last_error(NULL, NULL, 0) == MR_NO_MEMORY && context == NULL && nothing_left());
	}
	CHECK(context != NULL && n > 1);
	mr_close(context);
}

static void Statuses_HaveNamesAndFrozenNumbers(void)
{
	static const char *const names[] = {
		"MR_OK", "MR_ARGUMENT", "MR_UNSUPPORTED", "MR_NO_TEE", "MR_IO", "MR_DENIED", "MR_BUSY", "MR_TIMEOUT", "MR_PROTOCOL", "MR_CONFLICT",
		"MR_TOO_LARGE", "MR_NO_MEMORY", "MR_INTERNAL",
	};
	int32_t i;

	for (i = 0; i < 13; i++)
		CHECK(strcmp(mr_status_name(-i), names[i]) == 0);
	CHECK(strcmp(mr_status_name(-13), "MR_UNKNOWN") == 0 && strcmp(mr_status_name(1), "MR_UNKNOWN") == 0);
	CHECK(strcmp(mr_status_name(INT32_MIN), "MR_UNKNOWN") == 0);
	CHECK(mr_abi_version() == 0x10000 && sizeof(mr_info) == 48 && sizeof(mr_blob) == 24);
}

static void LastError_IsCutAtTheCallersBuffer(void)
{
	char text[8];
	mr_context *context;

	fake_reset(WORLD_NONE);
	memset(text, 'x', sizeof text);
	(void)mr_open(MR_BACKEND_AUTO, 0, &context);
	CHECK(mr_last_error(NULL, text, 5) == MR_NO_TEE && strlen(text) == 4 && text[5] == 'x');
	CHECK(mr_last_error(NULL, text, 0) == MR_NO_TEE);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
#define TEST(name) { #name, name }
		TEST(Open_InEachWorld_FindsItsBackend), TEST(Open_WithoutTee_SaysSoAndNeverSimulates), TEST(Open_TeeThatFails_IsNotReplacedByAnother),
		TEST(Open_WithTheFlag_DoesNotCallMystikos), TEST(Open_AllocationThatFails_IsSaid), TEST(Arguments_ThatAreInvalid_AreRefused),
		TEST(Info_OfANewerCaller_IsFilledAsFarAsKnown), TEST(Evidence_InEachWorld_IsOverTheReportData), TEST(Evidence_OfAWrongForm_IsRefused),
		TEST(Evidence_EmptyAnswer_IsRefused), TEST(Sizes_ThatAreAnnounced_AreNotBelieved),
		TEST(Tsm_BusyOrInterrupted_IsAskedAgainUntilTheDeadline),
		TEST(Tsm_ErrorsOfTheHost_AreNamed), TEST(Tsm_SomebodyElseWrites_IsAConflict), TEST(Tsm_ProviderThatChanges_IsRefused),
		TEST(Tsm_BelowAParavisor_AsksForItsLevel), TEST(Tsm_FolderNameTaken_TriesAnother), TEST(Tsm_WithoutAuxiliaryBlob_LeavesItEmpty),
		TEST(SevGuest_CertificatesThatNeedRoom_GetIt), TEST(SevGuest_ErrorsOfFirmwareAndHost_AreNamed),
		TEST(SevGuest_BusyForEver_EndsAtTheDeadline),
		TEST(Key_InEachWorld_IsOfItsPolicy), TEST(Key_OfTdx_IsUnsupported), TEST(Key_ByItsIdentifier_IsTheSame),
		TEST(Key_OfOcclum_HasConstantMasks), TEST(Key_OfGramine_HasNoIdentifierAndOneSize), TEST(Gramine_WithoutRemoteAttestation_HasKeysAlone),
		TEST(Gramine_QuoteThatFails_IsNoMatterOfPermissions), TEST(Extend_OfTdx_WritesOnce), TEST(Reads_OfAnyLength_GiveTheSame),
		TEST(Failure_OfEachCall_LeavesNothing), TEST(Statuses_HaveNamesAndFrozenNumbers), TEST(LastError_IsCutAtTheCallersBuffer),
	};
	size_t i;

	for (i = 0; i < sizeof tests / sizeof *tests; i++) {
		int before = failures;

		current = tests[i].name;
		tests[i].run();
		printf("%s %s\n", failures == before ? "passed" : "failed", current);
	}
	clean();
	printf("%zu tests, %d checks, %d failed\n", sizeof tests / sizeof *tests, checks, failures);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
