/* SPDX-License-Identifier: MIT */
/* The service of a machine that runs nothing else: prints what it got, and switches the machine off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static void print(const char *path, const char *prefix, const char *start)
{
	char line[1024];
	FILE *file = fopen(path, "r");

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, start, strlen(start)) == 0)
			printf("%s%s", prefix, line);
	}
	if (file != NULL)
		(void)fclose(file);
}

int main(int count, char **arguments)
{
	const char *secret = getenv("SECRET");

	printf("the process is %d\nthe secret is %s\nthe user is %u:%u\n", (int)getpid(), secret ? secret : "", getuid(), getgid());
	for (int i = 0; i < count; i++)
		printf("argument %d is %s\n", i, arguments[i]);
	printf("the variable signer_port is %s\n", getenv("signer_port") ? "there" : "not there");
	print("/proc/self/status", "", "NoNewPrivs");
	print("/proc/mounts", "mount ", "");
	(void)fflush(stdout);
	sync();
	(void)reboot(RB_POWER_OFF);
	perror("the machine cannot be switched off");
	return 1;
}
