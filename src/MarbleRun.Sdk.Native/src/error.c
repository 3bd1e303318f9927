/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of this thread alone, as errno is. */
static _Thread_local struct {
	int32_t status;
	int32_t system_error;
	char text[MR_ERROR_SIZE];
} last;

int32_t mr_fail(int32_t status, int system_error, const char *format, ...)
{
	va_list arguments;

	last.status = status;
	last.system_error = system_error;
	va_start(arguments, format);
	(void)vsnprintf(last.text, sizeof last.text, format, arguments);
	va_end(arguments);
	return status;
}

int32_t mr_fail_errno(int system_error, const char *what, const char *path)
{
	int32_t status;

	switch (system_error) {
	case EACCES:
	case EPERM:
		status = MR_DENIED;
		break;
	case EBUSY:
	case EINTR:
		status = MR_BUSY;
		break;
	case ETIMEDOUT:
		status = MR_TIMEOUT;
		break;
	case EFBIG:
		status = MR_TOO_LARGE;
		break;
	case ENOMEM:
		status = MR_NO_MEMORY;
		break;
	default:
		status = MR_IO;
		break;
	}
	return mr_fail(status, system_error, "%s: %s", path, what);
}

void mr_clear_error(void)
{
	last.status = MR_OK;
	last.system_error = 0;
	last.text[0] = 0;
}

int32_t mr_last_error(int32_t *system_error, char *text, size_t text_size)
{
	if (system_error != NULL)
		*system_error = last.system_error;
	if (text != NULL && text_size > 0) {
		size_t length = strlen(last.text);

		if (length >= text_size)
			length = text_size - 1;
		memcpy(text, last.text, length);
		text[length] = 0;
	}
	return last.status;
}

const char *mr_status_name(int32_t status)
{
	static const char *const names[] = {
		"MR_OK", "MR_ARGUMENT", "MR_UNSUPPORTED", "MR_NO_TEE", "MR_IO", "MR_DENIED", "MR_BUSY", "MR_TIMEOUT", "MR_PROTOCOL",
		"MR_CONFLICT", "MR_TOO_LARGE", "MR_NO_MEMORY", "MR_INTERNAL",
	};

	return status <= 0 && status > -(int32_t)(sizeof names / sizeof *names) ? names[-status] : "MR_UNKNOWN";
}
