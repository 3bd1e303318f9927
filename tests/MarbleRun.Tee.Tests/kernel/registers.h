/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The measurement registers of a TD in Linux 6.16 and later (tsm-mr), at the path where TDX has them. A write extends a register. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <crypto/sha2.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/tsm-mr.h>

#define REGISTERS 4
#define RTMR(n) { TSM_MR_(rtmr##n, SHA384) | TSM_MR_F_RTMR, .mr_value = registers[n] }

static u8 registers[REGISTERS][SHA384_DIGEST_SIZE];
static u8 mrtd[SHA384_DIGEST_SIZE] = { 0xAA };

static int refresh_registers(const struct tsm_measurements *all)
{
	return 0;
}

static int extend_register(const struct tsm_measurements *all, const struct tsm_measurement_register *one, const u8 *digest)
{
	u8 both[2 * SHA384_DIGEST_SIZE];

	memcpy(both, one->mr_value, SHA384_DIGEST_SIZE);
	memcpy(both + SHA384_DIGEST_SIZE, digest, SHA384_DIGEST_SIZE);
	sha384(both, sizeof(both), one->mr_value);
	return 0;
}

static const struct tsm_measurement_register all_registers[] = {
	{ TSM_MR_(mrtd, SHA384), .mr_value = mrtd }, RTMR(0), RTMR(1), RTMR(2), RTMR(3),
};
static const struct tsm_measurements measurements = {
	.mrs = all_registers,
	.nr_mrs = ARRAY_SIZE(all_registers),
	.refresh = refresh_registers,
	.write = extend_register,
};
static const struct attribute_group *registers_groups[2];
static const struct file_operations registers_operations = { .owner = THIS_MODULE };
static struct miscdevice registers_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tdx_guest",
	.fops = &registers_operations,
	.groups = registers_groups,
	.mode = 0600,
};

static int start_registers(void)
{
	int rc;

	registers_groups[0] = tsm_mr_create_attribute_group(&measurements);
	if (IS_ERR(registers_groups[0]))
		return PTR_ERR(registers_groups[0]);
	rc = misc_register(&registers_device);
	if (rc)
		tsm_mr_free_attribute_group(registers_groups[0]);
	return rc;
}

static void stop_registers(void)
{
	misc_deregister(&registers_device);
	tsm_mr_free_attribute_group(registers_groups[0]);
}

#endif
