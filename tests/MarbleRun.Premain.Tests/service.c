/* SPDX-License-Identifier: MIT */
/* A service that prints what it was started with: rights, signals, limits, descriptors, arguments, environment; and the files it is given. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	struct rlimit limit;
	DIR *folder;
	struct dirent *entry;

	while (status != NULL && fgets(line, sizeof line, status) != NULL) {
		if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Uid", 3) == 0 || strncmp(line, "Gid", 3) == 0
			|| strncmp(line, "Groups", 6) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 || strncmp(line, "CapEff", 6) == 0)
			printf("status %s", line);
	}
	if (status != NULL)
		fclose(status);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		printf("nofile %llu %llu\n", (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	folder = opendir("/proc/self/fd");
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
			printf("fd %s\n", entry->d_name);
	}
	for (int i = 0; i < count; i++)
		printf("argument %d %s\n", i, arguments[i]);
	for (char **variable = environ; *variable != NULL; variable++) {
		for (char *c = *variable; *c != '\0'; c++) {
			if (*c == '\n')
				*c = '|';
		}
		printf("variable %s\n", *variable);
	}
	for (int i = 1; i < count; i++) {
		FILE *file = fopen(arguments[i], "r");

		if (file == NULL)
			continue;
		if (fgets(line, sizeof line, file) != NULL)
			printf("file %s %s\n", arguments[i], line);
		fclose(file);
	}
	return 7;
}
