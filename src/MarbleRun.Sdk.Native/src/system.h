/* SPDX-License-Identifier: MIT */
/*
 * Every call into the system. The test build replaces them by a table, to make the system do what no kernel can be made to do; the release
 * calls the system directly and has no such table.
 */
#ifndef MR_SYSTEM_H
#define MR_SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/utsname.h>

#ifdef MR_TESTING

struct mr_system {
	int (*open)(const char *path, int flags);
	int (*close)(int fd);
	ssize_t (*read)(int fd, void *buffer, size_t size);
	ssize_t (*write)(int fd, const void *buffer, size_t size);
	int (*ioctl)(int fd, unsigned long request, void *argument);
	int (*mkdir)(const char *path, mode_t mode);
	int (*rmdir)(const char *path);
	int (*uname)(struct utsname *name);
	long (*call)(long number, long argument);
	ssize_t (*random)(void *buffer, size_t size);
	void (*sleep)(unsigned milliseconds);
	int64_t (*now)(void);
	void *(*allocate)(size_t size);
	void *(*grow)(void *memory, size_t size);
};
extern struct mr_system mr_system;
#define sys_open(path, flags) mr_system.open(path, flags)
#define sys_close(fd) mr_system.close(fd)
#define sys_read(fd, buffer, size) mr_system.read(fd, buffer, size)
#define sys_write(fd, buffer, size) mr_system.write(fd, buffer, size)
#define sys_ioctl(fd, request, argument) mr_system.ioctl(fd, request, argument)
#define sys_mkdir(path, mode) mr_system.mkdir(path, mode)
#define sys_rmdir(path) mr_system.rmdir(path)
#define sys_uname(name) mr_system.uname(name)
#define sys_call(number, argument) mr_system.call(number, argument)
#define sys_random(buffer, size) mr_system.random(buffer, size)
#define sys_sleep(milliseconds) mr_system.sleep(milliseconds)
#define sys_now() mr_system.now()
#define sys_allocate(size) mr_system.allocate(size)
#define sys_grow(memory, size) mr_system.grow(memory, size)

#else

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#define sys_open(path, flags) open(path, flags)
#define sys_close(fd) close(fd)
#define sys_read(fd, buffer, size) read(fd, buffer, size)
#define sys_write(fd, buffer, size) write(fd, buffer, size)
#define sys_ioctl(fd, request, argument) ioctl(fd, request, argument)
#define sys_mkdir(path, mode) mkdir(path, mode)
#define sys_rmdir(path) rmdir(path)
#define sys_uname(name) uname(name)
#define sys_call(number, argument) syscall(number, argument)
#define sys_random(buffer, size) getrandom(buffer, size, 0)
#define sys_sleep(milliseconds) mr_sleep(milliseconds)
#define sys_now() mr_now()
#define sys_allocate(size) malloc(size)
#define sys_grow(memory, size) realloc(memory, size)

#endif

/* Real time for the release, and for a test's table that has no clock of its own. */
void mr_sleep(unsigned milliseconds);
int64_t mr_now(void); /* milliseconds, monotonic */

#endif
