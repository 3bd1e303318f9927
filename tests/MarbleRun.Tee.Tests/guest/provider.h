/* SPDX-License-Identifier: MIT */
/* The module of kernel/mr_test_tee.c, as the checks use it. */
#ifndef PROVIDER_H
#define PROVIDER_H

#define REPORTS "/sys/kernel/config/tsm/report"

/* As which provider the module is loaded now; set by load_provider. */
extern const char *provider_name;

void load_module(const char *path, const char *parameters);
void load_provider(const char *name);
void unload_provider(void);
void mount_configfs(void);
void unmount_configfs(void);

void set_parameter(const char *name, unsigned value);
void fail_next(int error, unsigned count);

/* Everything as after the module was loaded; and no folder of a request is left. */
void after_each_check(void);

/* Runs a function in a process of this user, who is not root; what it expects counts for the check. */
void run_as_user(unsigned user, void (*run)(void));

void check_tsm(const char *prefix, unsigned long reports);
void check_snp(void);
/* In Linux 6.16 and later; loads what it needs. */
void check_registers(void);

#endif
