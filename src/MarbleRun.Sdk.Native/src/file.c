/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Evidence is about 5 KB; a kernel's quote with its chain is below this, so that one buffer is enough. */
#define FIRST_BUFFER ((size_t)32 << 10)

static int close_and_keep(int fd, int error)
{
	(void)sys_close(fd);
	errno = error;
	return -1;
}

static int grow(struct mr_bytes *buffer, size_t largest)
{
	size_t next = buffer->size == 0 ? FIRST_BUFFER : buffer->size * 2;
	uint8_t *data;

	/* One byte more than is accepted shows that there is more. */
	if (next > largest + 1)
		next = largest + 1;
	data = sys_grow(buffer->data, next);
	if (data == NULL) {
		errno = ENOMEM;
		return -1;
	}
	buffer->data = data;
	buffer->size = next;
	return 0;
}

int mr_read_file(const char *path, struct mr_bytes *bytes, size_t largest)
{
	struct mr_bytes buffer = { NULL, 0 };
	size_t length = 0;
	ssize_t count;
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC);

	bytes->data = NULL;
	bytes->size = 0;
	if (fd < 0)
		return -1;
	do {
		if (length == buffer.size && grow(&buffer, largest) != 0) {
			mr_bytes_free(&buffer);
			return close_and_keep(fd, ENOMEM);
		}
		count = sys_read(fd, buffer.data + length, buffer.size - length);
		if (count < 0 || (size_t)count > buffer.size - length) {
			int error = count < 0 ? errno : EIO;

			mr_bytes_free(&buffer);
			return close_and_keep(fd, error);
		}
		length += (size_t)count;
		if (length > largest) {
			mr_bytes_free(&buffer);
			return close_and_keep(fd, EFBIG);
		}
	} while (count > 0);
	(void)sys_close(fd);
	bytes->data = buffer.data;
	bytes->size = length;
	return 0;
}

int mr_read_text(const char *path, char *text, size_t size)
{
	struct mr_bytes bytes;

	text[0] = 0;
	if (mr_read_file(path, &bytes, size - 1) != 0)
		return -1;
	if (bytes.size > 0 && bytes.data[bytes.size - 1] == '\n')
		bytes.size--;
	if (bytes.size > 0)
		memcpy(text, bytes.data, bytes.size);
	text[bytes.size] = 0;
	mr_bytes_free(&bytes);
	return 0;
}

int mr_write_file(const char *path, const void *data, size_t size)
{
	ssize_t count;
	int fd = sys_open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	count = sys_write(fd, data, size);
	if (count != (ssize_t)size)
		return close_and_keep(fd, count < 0 ? errno : EIO);

	/* configfs takes the data over at close. */
	return sys_close(fd);
}
