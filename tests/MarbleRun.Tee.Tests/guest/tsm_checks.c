/* SPDX-License-Identifier: MIT */
/* What holds for TDX and SEV-SNP behind configfs-tsm. */
#include "check.h"
#include "provider.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define THREADS 16
#define REPORTS_OF_A_THREAD 40
#define RACES 40
#define MOST_RACES 400
#define MOST_SECOND_WRITES 10
#define FIRST_REPORTS 100
#define LEAK_LIMIT (512 << 10)

static unsigned long leak_reports;

static bool is_snp(void)
{
	return strcmp(provider_name, "sev_guest") == 0;
}

static bool has_report_data(const mr_blob *evidence, const uint8_t *report_data)
{
	size_t offset = is_snp() ? 0x50 : 568;

	return evidence->size >= offset + MR_REPORT_DATA_SIZE && memcmp(evidence->data + offset, report_data, MR_REPORT_DATA_SIZE) == 0;
}

static void finds_it_without_a_choice(void)
{
	mr_info info = { .struct_size = sizeof info };
	mr_context *context = open_tee(MR_BACKEND_AUTO);

	EXPECT(shim.get_info(context, &info) == MR_OK);
	EXPECT(info.backend == MR_BACKEND_TSM);
	EXPECT(strcmp(info.provider, provider_name) == 0);
	EXPECT(info.format == (is_snp() ? MR_FORMAT_SNP_REPORT : MR_FORMAT_TDX_QUOTE));
	/* Linux 6.12 has no measurement registers that can be extended. */
	EXPECT(info.capabilities == (is_snp() ? MR_CAN_EVIDENCE | MR_CAN_AUXILIARY | MR_CAN_KEY_UNIQUE : MR_CAN_EVIDENCE));
	shim.close(context);
}

static void other_backends_are_not_there(void)
{
	static const uint32_t others[] = { MR_BACKEND_GRAMINE, MR_BACKEND_OCCLUM, MR_BACKEND_MYSTIKOS };

	for (size_t i = 0; i < COUNT(others); i++) {
		mr_context *context = NULL;

		EXPECT(shim.open(others[i], 0, &context) == MR_NO_TEE && context == NULL);
	}
}

static void evidence_has_the_report_data(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);

	for (unsigned i = 0; i < 3; i++) {
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, i);
		answer = ask(context, report_data);
		EXPECT(answer.status == MR_OK);
		EXPECT(answer.evidence.size == (is_snp() ? 1184 : 5006));
		EXPECT(has_report_data(&answer.evidence, report_data));
		EXPECT(answer.auxiliary.size == (is_snp() ? 4096 : 0));
		free_answer(&answer);
	}
	shim.close(context);
}

static void other_report_data_are_refused(void)
{
	set_parameter("wrong_report_data", 1);
	expect_status(MR_BACKEND_TSM, MR_PROTOCOL);
}

static void short_evidence_is_refused(void)
{
	set_parameter("size", 10);
	expect_status(MR_BACKEND_TSM, MR_PROTOCOL);
}

/* TDX: a quote has no fixed size. SEV-SNP: a report has one. */
static void evidence_of_32768_bytes(void)
{
	set_parameter("size", 32768);
	expect_status(MR_BACKEND_TSM, is_snp() ? MR_PROTOCOL : MR_OK);
}

static void evidence_of_40000_bytes_is_too_large(void)
{
	set_parameter("size", 40000);
	expect_status(MR_BACKEND_TSM, MR_TOO_LARGE);
	EXPECT(last_errno() == EFBIG);
}

static void busy_host_is_asked_again(void)
{
	fail_next(EBUSY, 3);
	expect_status(MR_BACKEND_TSM, MR_OK);
}

static void interrupted_request_is_asked_again(void)
{
	fail_next(EINTR, 3);
	expect_status(MR_BACKEND_TSM, MR_OK);
}

static void input_output_error_is_told(void)
{
	fail_next(EIO, 1);
	expect_status(MR_BACKEND_TSM, MR_IO);
	EXPECT(last_errno() == EIO);
}

static void timeout_is_told(void)
{
	fail_next(ETIMEDOUT, 1);
	expect_status(MR_BACKEND_TSM, MR_TIMEOUT);
	EXPECT(last_errno() == ETIMEDOUT);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
	(void)number;
	alarms++;
}

static void real_signal_does_not_end_the_request(void)
{
	struct sigaction action = { .sa_handler = count_alarm };
	struct sigaction before;
	struct itimerval once = { .it_value = { .tv_usec = 100000 } };

	alarms = 0;
	EXPECT(sigaction(SIGALRM, &action, &before) == 0);
	set_parameter("delay_ms", 400);
	EXPECT(setitimer(ITIMER_REAL, &once, NULL) == 0);
	expect_status(MR_BACKEND_TSM, MR_OK);
	EXPECT(alarms == 1);
	EXPECT(sigaction(SIGALRM, &before, NULL) == 0);
}

static void ask_until_no_descriptor_is_left(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	struct rlimit before;
	struct rlimit none;
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	struct answer answer;

	make_report_data(report_data, 1);
	EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = before;
	none.rlim_cur = 0;
	EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
	answer = ask(context, report_data);
	EXPECT(setrlimit(RLIMIT_NOFILE, &before) == 0);
	EXPECT(answer.status == MR_IO && last_errno() == EMFILE);
	free_answer(&answer);
	shim.close(context);
}

static void ask_without_root(void)
{
	mr_context *context = NULL;

	EXPECT(shim.open(MR_BACKEND_AUTO, 0, &context) == MR_DENIED && context == NULL);
	EXPECT(last_words_have("root"));
}

static void user_without_root_is_denied(void)
{
	run_as_user(1000, ask_without_root);
}

/* The user can make a request and not write the report data: inblob stays root's. */
static void ask_with_the_folder(void)
{
	expect_status(MR_BACKEND_AUTO, MR_DENIED);
	EXPECT(last_errno() == EACCES && last_words_have("/inblob") && last_words_have("root"));
}

static void user_with_the_folder_is_denied(void)
{
	EXPECT(chown(REPORTS, 1000, 1000) == 0);
	run_as_user(1000, ask_with_the_folder);
	EXPECT(chown(REPORTS, 0, 0) == 0);
}

static long resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long total = 0;
	long resident = 0;

	if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2)
		resident = -1;
	if (file != NULL)
		(void)fclose(file);
	return resident;
}

static bool ask_often(unsigned long count)
{
	bool good = true;

	for (unsigned long i = 0; good && i < count; i++) {
		mr_context *context = open_tee(MR_BACKEND_AUTO);
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, (unsigned)i);
		answer = ask(context, report_data);
		good = answer.status == MR_OK && has_report_data(&answer.evidence, report_data);
		free_answer(&answer);
		shim.close(context);
	}
	return good;
}

static void many_reports_leave_nothing(void)
{
	struct timespec from;
	struct timespec to;
	size_t allocated;
	long pages;

	EXPECT(ask_often(FIRST_REPORTS));
	pages = resident_pages();
	allocated = mallinfo2().uordblks;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	EXPECT(ask_often(leak_reports));
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	printf("# %lu reports in %ld ms\n", leak_reports, (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
	/* Less than a byte for each report. */
	EXPECT(mallinfo2().uordblks < allocated + leak_reports);
	EXPECT(pages > 0 && (resident_pages() - pages) * sysconf(_SC_PAGESIZE) < LEAK_LIMIT);
}

struct thread {
	const mr_context *context;
	unsigned number;
	unsigned wrong;
};

static void *ask_in_a_thread(void *argument)
{
	struct thread *thread = argument;

	for (unsigned i = 0; i < REPORTS_OF_A_THREAD; i++) {
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, thread->number << 16 | i);
		answer = ask(thread->context, report_data);
		thread->wrong += answer.status != MR_OK || !has_report_data(&answer.evidence, report_data);
		free_answer(&answer);
	}
	return NULL;
}

static void threads_get_their_own_evidence(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	struct thread threads[THREADS];
	pthread_t handles[THREADS];
	unsigned wrong = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ context, i, 0 };
		EXPECT(pthread_create(&handles[i], NULL, ask_in_a_thread, &threads[i]) == 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		EXPECT(pthread_join(handles[i], NULL) == 0);
		wrong += threads[i].wrong;
	}
	EXPECT(wrong == 0);
	shim.close(context);
}

static volatile bool stop_racing;

static void write_to_each_request(void)
{
	DIR *folder = opendir(REPORTS);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char path[sizeof REPORTS + sizeof entry->d_name + 16];
		static const char other[MR_REPORT_DATA_SIZE] = "the report data of another process";
		int file;

		(void)snprintf(path, sizeof path, REPORTS "/%s/inblob", entry->d_name);
		file = entry->d_name[0] == '.' ? -1 : open(path, O_WRONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		/* It fails where the request is gone already. */
		if (write(file, other, sizeof other) < 0)
			errno = 0;
		(void)close(file);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

static void *race(void *argument)
{
	(void)argument;
	while (!stop_racing)
		write_to_each_request();
	return NULL;
}

/* Evidence, or a refusal; never evidence over what the other process wrote. */
static void racing_writer_is_noticed(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	pthread_t writer;
	unsigned good = 0;
	unsigned refused = 0;
	unsigned other = 0;

	stop_racing = false;
	set_parameter("delay_ms", 5);
	EXPECT(pthread_create(&writer, NULL, race, NULL) == 0);
	/* Until the writer was in time once. */
	for (unsigned i = 0; i < RACES || (refused == 0 && i < MOST_RACES); i++) {
		uint8_t report_data[MR_REPORT_DATA_SIZE];
		struct answer answer;

		make_report_data(report_data, i);
		answer = ask(context, report_data);
		good += answer.status == MR_OK && has_report_data(&answer.evidence, report_data);
		refused += answer.status == MR_CONFLICT || answer.status == MR_PROTOCOL;
		other += (answer.status == MR_OK && !has_report_data(&answer.evidence, report_data))
			|| (answer.status != MR_OK && answer.status != MR_CONFLICT && answer.status != MR_PROTOCOL);
		free_answer(&answer);
	}
	stop_racing = true;
	EXPECT(pthread_join(writer, NULL) == 0);
	printf("# racing writer: %u with evidence, %u refused, %u other\n", good, refused, other);
	EXPECT(other == 0 && refused > 0);
	shim.close(context);
}


/* On the processor of the calling thread, before which it runs as soon as the kernel lets it. */
static void take_precedence(void)
{
	struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		perror("# sched_setscheduler");
}

static void stay_on_processor_0(bool only)
{
	cpu_set_t processors;

	CPU_ZERO(&processors);
	CPU_SET(0, &processors);
	if (!only)
		CPU_SET(1, &processors);
	EXPECT(sched_setaffinity(0, sizeof processors, &processors) == 0);
}

static void *write_the_same(void *report_data)
{
	DIR *folder;
	struct dirent *entry;
	bool written = false;

	take_precedence();
	while (!written && !stop_racing) {
		folder = opendir(REPORTS);
		while (folder != NULL && (entry = readdir(folder)) != NULL) {
			char path[sizeof REPORTS + sizeof entry->d_name + 16];
			int file;

			if (entry->d_name[0] == '.')
				continue;
			/* The report is being made, so that the kernel takes this over when it is there. */
			(void)usleep(100000);
			(void)snprintf(path, sizeof path, REPORTS "/%s/inblob", entry->d_name);
			file = open(path, O_WRONLY | O_CLOEXEC);
			written = file >= 0 && write(file, report_data, MR_REPORT_DATA_SIZE) == MR_REPORT_DATA_SIZE && close(file) == 0;
		}
		if (folder != NULL)
			(void)closedir(folder);
	}
	return NULL;
}

/*
 * The evidence is the right one; nothing but the generation shows the other writer. The writer waits in the kernel for the report, and must
 * have its turn before the shim reads the generation: both run on one processor, and the writer has the higher priority.
 */
static void second_write_of_the_same_is_a_conflict(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	bool conflict = false;

	make_report_data(report_data, 3);
	stay_on_processor_0(true);
	set_parameter("delay_ms", 400);
	for (unsigned i = 0; !conflict && i < MOST_SECOND_WRITES; i++) {
		struct answer answer;
		pthread_t writer;

		stop_racing = false;
		EXPECT(pthread_create(&writer, NULL, write_the_same, report_data) == 0);
		answer = ask(context, report_data);
		stop_racing = true;
		EXPECT(pthread_join(writer, NULL) == 0);
		conflict = answer.status == MR_CONFLICT;
		EXPECT(conflict || (answer.status == MR_OK && has_report_data(&answer.evidence, report_data)));
		free_answer(&answer);
	}
	EXPECT(conflict);
	stay_on_processor_0(false);
	shim.close(context);
}

static void no_sealing_key_by_signer(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	mr_blob key = { .struct_size = sizeof key };
	mr_blob id = { .struct_size = sizeof id };

	EXPECT(shim.get_sealing_key(context, MR_POLICY_PRODUCT, NULL, 0, &key, &id) == MR_UNSUPPORTED);
	if (!is_snp())
		EXPECT(shim.get_sealing_key(context, MR_POLICY_UNIQUE, NULL, 0, &key, &id) == MR_UNSUPPORTED);
	EXPECT(key.data == NULL && id.data == NULL);
	shim.close(context);
}

static void no_register_can_be_extended(void)
{
	mr_context *context = open_tee(MR_BACKEND_TSM);
	static const uint8_t digest[MR_DIGEST_SIZE] = { 1 };

	EXPECT(shim.extend(context, 3, digest, sizeof digest) == MR_UNSUPPORTED);
	EXPECT(last_words_have("6.16"));
	shim.close(context);
}

/* The guest's driver is replaced while a context is open. */
static void another_provider_is_noticed(void)
{
	const char *before = provider_name;
	mr_context *context = open_tee(MR_BACKEND_TSM);
	uint8_t report_data[MR_REPORT_DATA_SIZE];
	struct answer answer;

	make_report_data(report_data, 1);
	unload_provider();
	answer = ask(context, report_data);
	EXPECT(answer.status == MR_NO_TEE && last_errno() == ENXIO);
	free_answer(&answer);
	load_provider(strcmp(before, "tdx_guest") == 0 ? "sev_guest" : "tdx_guest");
	answer = ask(context, report_data);
	EXPECT(answer.status == MR_PROTOCOL);
	free_answer(&answer);
	shim.close(context);
	unload_provider();
	load_provider(before);
}

void check_tsm(const char *prefix, unsigned long reports)
{
	static const struct check checks[] = {
		{ "the shim finds configfs-tsm without a choice", finds_it_without_a_choice },
		{ "backends of library operating systems are not there", other_backends_are_not_there },
		{ "evidence has the report data that were asked for", evidence_has_the_report_data },
		{ "evidence over other report data is refused", other_report_data_are_refused },
		{ "evidence of 10 bytes is refused", short_evidence_is_refused },
		{ "evidence of 32,768 bytes has the right outcome", evidence_of_32768_bytes },
		{ "evidence of 40,000 bytes is too large for Linux 6.12", evidence_of_40000_bytes_is_too_large },
		{ "EBUSY three times, then evidence", busy_host_is_asked_again },
		{ "EINTR three times, then evidence", interrupted_request_is_asked_again },
		{ "EIO is an error of input and output", input_output_error_is_told },
		{ "ETIMEDOUT is a timeout", timeout_is_told },
		{ "a real SIGALRM does not end the request", real_signal_does_not_end_the_request },
		{ "no free descriptor is an error and leaves no folder", ask_until_no_descriptor_is_left },
		{ "a user without root is denied", user_without_root_is_denied },
		{ "a user who owns the report folder is denied", user_with_the_folder_is_denied },
		{ "16 threads get their own evidence", threads_get_their_own_evidence },
		{ "a racing writer is noticed", racing_writer_is_noticed },
		{ "a second write of the same report data is a conflict", second_write_of_the_same_is_a_conflict },
		{ "there is no sealing key by signer", no_sealing_key_by_signer },
		{ "no register can be extended", no_register_can_be_extended },
		{ "another provider is noticed", another_provider_is_noticed },
		{ "many reports leave no folder, descriptor or memory", many_reports_leave_nothing },
	};

	leak_reports = reports;
	run_checks(prefix, checks, COUNT(checks), after_each_check);
}
