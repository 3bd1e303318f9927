/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: the system calls of Mystikos in place of the C library's syscall(), and the uname() of its kernel. The evidence is
 * unsigned. A check sets the faults by the names that are exported here.
 */
#include "mystikos.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define OE_HEADER 16
#define QUOTE_SIZE 4734
#define REPORT_SIZE (OE_HEADER + QUOTE_SIZE)
#define KEY_SIZE 16
#define KEY_REQUEST_SIZE 512

struct mystikos mystikos;

static void *lend(size_t size, uint8_t filler)
{
	void *memory = malloc(size);

	if (memory == NULL)
		abort();
	memset(memory, filler, size);
	mystikos.lent++;
	return memory;
}

static void take_back(uint64_t address)
{
	if (address != 0)
		mystikos.lent--;
	free((void *)(uintptr_t)address);
}

static void give(uint64_t to, uint64_t value)
{
	memcpy((void *)(uintptr_t)to, &value, sizeof value);
}

/* flags, report data, their size, options, their size, where the report's address goes, and its size. */
static long get_report(const uint64_t *arguments)
{
	static const uint8_t head[] = { 3, 0, 2, 0 };
	uint64_t quote_size = QUOTE_SIZE;
	uint8_t *report;

	if (arguments[0] != 1 || arguments[2] != 64)
		return 3;
	report = lend(REPORT_SIZE, 0x22);
	memset(report, 0, OE_HEADER);
	report[0] = 1;
	report[4] = 2;
	memcpy(report + 8, &quote_size, sizeof quote_size);
	memcpy(report + OE_HEADER, head, sizeof head);
	memcpy(report + OE_HEADER + 368, (const void *)(uintptr_t)arguments[1], 64);
	if (mystikos.wrong_report_data)
		report[OE_HEADER + 368] ^= 1;
	give(arguments[5], (uint64_t)(uintptr_t)report);
	give(arguments[6], mystikos.report_size != 0 ? mystikos.report_size : REPORT_SIZE);
	return 0;
}

static void give_key(const uint8_t *request, uint64_t to, uint64_t size_to)
{
	uint8_t *key = lend(KEY_SIZE, mystikos.zero_key ? 0 : 0x33);

	if (!mystikos.zero_key)
		key[0] ^= (uint8_t)(request[2] ^ request[40]);
	give(to, (uint64_t)(uintptr_t)key);
	give(size_to, KEY_SIZE);
}

/* policy, where the key's address goes, its size, where the key request's address goes, its size. */
static long get_key_by_policy(const uint64_t *arguments)
{
	static uint8_t counter = 0x40;
	uint8_t *request = lend(KEY_REQUEST_SIZE, 0);
	static const uint8_t attribute_flags[8] = { 0x0B, 0, 0, 0, 0, 0, 0, 0xFF };

	request[0] = 4;
	request[2] = (uint8_t)arguments[0];
	memcpy(request + 24, attribute_flags, sizeof attribute_flags);
	request[40] = counter++;
	request[75] = 0xF0;
	give_key(request, arguments[1], arguments[2]);
	give(arguments[3], (uint64_t)(uintptr_t)request);
	give(arguments[4], mystikos.key_id_size != 0 ? mystikos.key_id_size : KEY_REQUEST_SIZE);
	return 0;
}

static long get_key(const uint64_t *arguments)
{
	if (arguments[1] != KEY_REQUEST_SIZE)
		return 3;
	give_key((const uint8_t *)(uintptr_t)arguments[0], arguments[2], arguments[3]);
	return 0;
}

long syscall(long number, ...)
{
	const uint64_t *arguments;
	va_list list;

	va_start(list, number);
	arguments = va_arg(list, const uint64_t *);
	va_end(list);
	if (mystikos.absent) {
		errno = ENOSYS;
		return -1;
	}
	switch (number) {
	case 1008:
		return 64;
	case 1014:
		return mystikos.result != 0 ? mystikos.result : get_report(arguments);
	case 1015:
		take_back(arguments[0]);
		return 0;
	case 1020:
		return mystikos.result != 0 ? mystikos.result : get_key_by_policy(arguments);
	case 1026:
		return mystikos.result != 0 ? mystikos.result : get_key(arguments);
	case 1027:
		take_back(arguments[0]);
		take_back(arguments[1]);
		return 0;
	default:
		errno = ENOSYS;
		return -1;
	}
}

int uname(struct utsname *name)
{
	memset(name, 0, sizeof *name);
	memcpy(name->sysname, "Linux", sizeof "Linux");
	memcpy(name->release, "5.4.0", sizeof "5.4.0");
	memcpy(name->machine, "x86_64", sizeof "x86_64");
	return 0;
}
