/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD, or linked before the C library: uname() as Occlum answers it. The kernel's answer cannot be changed in a namespace. */
#include <string.h>
#include <sys/utsname.h>

int uname(struct utsname *name)
{
	memset(name, 0, sizeof *name);
	memcpy(name->sysname, "Occlum", sizeof "Occlum");
	memcpy(name->release, "0.1", sizeof "0.1");
	memcpy(name->machine, "x86_64", sizeof "x86_64");
	return 0;
}
