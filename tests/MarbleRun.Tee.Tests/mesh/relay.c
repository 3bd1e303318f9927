/* SPDX-License-Identifier: MIT */
/*
 * relay ADDRESS PORT PROVIDER: takes the kernel module's requests for evidence to the signer on the host, and its answers back. The signer
 * gets one byte, the first of the provider's name, and 64 bytes of report data, and answers as the module wants it (mr_test_tee.c).
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPORT_DATA_SIZE 64
#define LARGEST_ANSWER (1 << 20)

static int read_all(int file, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = read(file, bytes + done, size - done);

		if (count <= 0)
			return -1;
		done += (size_t)count;
	}
	return 0;
}

int main(int count, char **arguments)
{
	static uint8_t answer[LARGEST_ANSWER];
	uint8_t request[1 + REPORT_DATA_SIZE];
	struct sockaddr_in address = { .sin_family = AF_INET };
	int host = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int module = open("/dev/mr-test-tee", O_RDWR | O_CLOEXEC);

	if (count != 4 || inet_aton(arguments[1], &address.sin_addr) == 0)
		return 2;
	address.sin_port = htons((uint16_t)atoi(arguments[2]));
	if (host < 0 || module < 0 || connect(host, (struct sockaddr *)&address, sizeof address) != 0) {
		perror("relay");
		return 1;
	}
	request[0] = (uint8_t)arguments[3][0];
	while (read(module, request + 1, REPORT_DATA_SIZE) == REPORT_DATA_SIZE) {
		uint32_t sizes[2];
		size_t size;

		if (write(host, request, sizeof request) != (ssize_t)sizeof request || read_all(host, answer, sizeof sizes) != 0)
			return 1;
		memcpy(sizes, answer, sizeof sizes);
		size = (size_t)sizes[0] + sizes[1];
		if (size > sizeof answer - sizeof sizes || read_all(host, answer + sizeof sizes, size) != 0)
			return 1;
		if (write(module, answer, sizeof sizes + size) != (ssize_t)(sizeof sizes + size))
			return 1;
	}
	return 0;
}
