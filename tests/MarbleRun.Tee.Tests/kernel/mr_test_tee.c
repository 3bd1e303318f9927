// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A provider for Linux's configfs-tsm, and a /dev/sev-guest, where the machine has neither TDX nor SEV-SNP. For tests in a virtual machine:
 * the evidence has the right form and report data, and no signature.
 *
 * A process that holds /dev/mr-test-tee open signs the evidence, as the quoting service of a host does: it reads the report data (64
 * bytes) and writes the lengths of evidence and auxiliary blob (two little-endian numbers of 32 bits), then both.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>
#include <linux/version.h>
#include <linux/wait.h>
#include <uapi/linux/sev-guest.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#include "registers.h"
#define HAS_REGISTERS
#define TSM_INBLOB_MAX TSM_REPORT_INBLOB_MAX
#define tsm_ops tsm_report_ops
#define tsm_register tsm_report_register
#define tsm_unregister tsm_report_unregister
#endif

#define TDX_SIZE 5006
#define TDX_RTMRS 376
#define TDX_REPORT_DATA 568
#define SNP_SIZE 1184
#define SNP_VMPL 0x30
#define SNP_REPORT_DATA 0x50
#define LARGEST_ANSWER (1 << 20)
#define SIGNER_TIMEOUT (30 * HZ)
#define NO_FIRMWARE_CALL (~0ULL)

static struct tsm_ops ops;

static char *provider = "tdx_guest";
module_param(provider, charp, 0444);
MODULE_PARM_DESC(provider, "tdx_guest or sev_guest");
static int error;
module_param(error, int, 0644);
static int failures;
module_param(failures, int, 0644);
MODULE_PARM_DESC(failures, "how many requests fail with 'error'");
static int delay_ms;
module_param(delay_ms, int, 0644);
MODULE_PARM_DESC(delay_ms, "how long a report takes; a signal ends it with EINTR");
static bool wrong_report_data;
module_param(wrong_report_data, bool, 0644);
static uint size;
module_param(size, uint, 0644);
MODULE_PARM_DESC(size, "bytes of the evidence, 0: as many as it has");
static uint certificates = 4096;
module_param(certificates, uint, 0644);
MODULE_PARM_DESC(certificates, "bytes of the auxiliary blob of SEV-SNP");
static uint firmware_error;
module_param(firmware_error, uint, 0644);
MODULE_PARM_DESC(firmware_error, "error of the firmware in answers of /dev/sev-guest");
static uint firmware_status;
module_param(firmware_status, uint, 0644);
MODULE_PARM_DESC(firmware_status, "status inside the firmware's answers");
module_param_named(privilege_floor, ops.privlevel_floor, uint, 0644);

static DEFINE_MUTEX(lock); /* one report at a time */

static struct {
	spinlock_t lock;
	wait_queue_head_t wait;
	bool open, asked, answered;
	u8 report_data[TSM_INBLOB_MAX];
	u8 *answer;
	size_t length;
} signer = { .lock = __SPIN_LOCK_UNLOCKED(signer.lock), .wait = __WAIT_QUEUE_HEAD_INITIALIZER(signer.wait) };

static bool is_snp(void)
{
	return !strcmp(provider, "sev_guest");
}

static bool take_failure(void)
{
	return failures > 0 && failures-- > 0;
}

static void fill(u8 *out, size_t length, const u8 *report_data, unsigned int vmpl)
{
	size_t at = is_snp() ? SNP_REPORT_DATA : TDX_REPORT_DATA;
	u8 head[8] = { is_snp() ? 3 : 4, 0, is_snp() ? 0 : 2, 0, is_snp() ? 0 : 0x81 };

	memcpy(out, head, min(length, sizeof(head)));
	if (is_snp() && length >= SNP_VMPL + 4)
		put_unaligned_le32(vmpl, out + SNP_VMPL);
	if (length < at + TSM_INBLOB_MAX)
		return;
	memcpy(out + at, report_data, TSM_INBLOB_MAX);
#ifdef HAS_REGISTERS
	if (!is_snp())
		memcpy(out + TDX_RTMRS, registers, sizeof(registers));
#endif
	if (wrong_report_data)
		out[at + TSM_INBLOB_MAX - 1] ^= 1;
}

static void fill_certificates(u8 *out, size_t length)
{
	memset(out, 0xC5, length);
}

static int make_unsigned(struct tsm_report *report)
{
	size_t length = size ? size : is_snp() ? SNP_SIZE : TDX_SIZE;
	u8 *out = kvzalloc(length, GFP_KERNEL);
	u8 *aux = is_snp() && certificates ? kvzalloc(certificates, GFP_KERNEL) : NULL;

	if (!out || (is_snp() && certificates && !aux)) {
		kvfree(out);
		kvfree(aux);
		return -ENOMEM;
	}
	fill(out, length, report->desc.inblob, report->desc.privlevel);
	report->outblob = out;
	report->outblob_len = length;
	if (aux) {
		fill_certificates(aux, certificates);
		report->auxblob = aux;
		report->auxblob_len = certificates;
	}
	return 0;
}

/* Takes the signer's answer apart. */
static int take_answer(struct tsm_report *report, const u8 *answer, size_t length)
{
	size_t out = length >= 8 ? get_unaligned_le32(answer) : 0, aux = length >= 8 ? get_unaligned_le32(answer + 4) : 0;

	if (!out || length != 8 + out + aux)
		return -EIO;
	report->outblob = kvmemdup(answer + 8, out, GFP_KERNEL);
	if (!report->outblob)
		return -ENOMEM;
	report->outblob_len = out;
	if (!aux)
		return 0;
	report->auxblob = kvmemdup(answer + 8 + out, aux, GFP_KERNEL);
	if (!report->auxblob)
		return -ENOMEM;
	report->auxblob_len = aux;
	return 0;
}

static int ask_signer(struct tsm_report *report)
{
	size_t length;
	u8 *answer;
	long left;
	int rc;

	spin_lock(&signer.lock);
	memcpy(signer.report_data, report->desc.inblob, TSM_INBLOB_MAX);
	signer.asked = true;
	signer.answered = false;
	spin_unlock(&signer.lock);
	wake_up_all(&signer.wait);

	left = wait_event_interruptible_timeout(signer.wait, signer.answered || !signer.open, SIGNER_TIMEOUT);
	spin_lock(&signer.lock);
	signer.asked = false;
	answer = signer.answered ? signer.answer : NULL;
	length = signer.length;
	if (answer)
		signer.answer = NULL;
	spin_unlock(&signer.lock);
	rc = left < 0 ? -EINTR : left == 0 ? -ETIMEDOUT : answer ? take_answer(report, answer, length) : -EIO;
	kvfree(answer);
	return rc;
}

static int make_report(struct tsm_report *report, void *data)
{
	int rc;

	if (report->desc.inblob_len != TSM_INBLOB_MAX)
		return -EINVAL;
	mutex_lock(&lock);
	if (take_failure())
		rc = -error;
	else if (delay_ms && msleep_interruptible(delay_ms))
		rc = -EINTR;
	else
		rc = READ_ONCE(signer.open) ? ask_signer(report) : make_unsigned(report);
	mutex_unlock(&lock);
	return rc;
}

static bool attribute_visible(int n)
{
	switch (n) {
	case TSM_REPORT_GENERATION:
	case TSM_REPORT_PROVIDER:
		return true;
	case TSM_REPORT_PRIVLEVEL:
	case TSM_REPORT_PRIVLEVEL_FLOOR:
		return is_snp();
	default:
		return false;
	}
}

static bool binary_visible(int n)
{
	return n == TSM_REPORT_INBLOB || n == TSM_REPORT_OUTBLOB || (n == TSM_REPORT_AUXBLOB && is_snp());
}

static struct tsm_ops ops = {
	.report_new = make_report,
	.report_attr_visible = attribute_visible,
	.report_bin_attr_visible = binary_visible,
};

static int signer_open(struct inode *inode, struct file *file)
{
	int rc = 0;

	spin_lock(&signer.lock);
	if (signer.open)
		rc = -EBUSY;
	else
		signer.open = true;
	spin_unlock(&signer.lock);
	return rc;
}

static int signer_release(struct inode *inode, struct file *file)
{
	spin_lock(&signer.lock);
	signer.open = false;
	spin_unlock(&signer.lock);
	wake_up_all(&signer.wait);
	return 0;
}

static ssize_t signer_read(struct file *file, char __user *buffer, size_t count, loff_t *offset)
{
	u8 report_data[TSM_INBLOB_MAX];

	if (count < TSM_INBLOB_MAX)
		return -EINVAL;
	if (wait_event_interruptible(signer.wait, signer.asked))
		return -EINTR;
	spin_lock(&signer.lock);
	signer.asked = false;
	memcpy(report_data, signer.report_data, TSM_INBLOB_MAX);
	spin_unlock(&signer.lock);
	return copy_to_user(buffer, report_data, TSM_INBLOB_MAX) ? -EFAULT : TSM_INBLOB_MAX;
}

static ssize_t signer_write(struct file *file, const char __user *buffer, size_t count, loff_t *offset)
{
	u8 *answer, *old;

	if (!count || count > LARGEST_ANSWER)
		return -EINVAL;
	answer = vmemdup_user(buffer, count);
	if (IS_ERR(answer))
		return PTR_ERR(answer);
	spin_lock(&signer.lock);
	old = signer.answer;
	signer.answer = answer;
	signer.length = count;
	signer.answered = true;
	spin_unlock(&signer.lock);
	kvfree(old);
	wake_up_all(&signer.wait);
	return count;
}

static const struct file_operations signer_operations = {
	.owner = THIS_MODULE,
	.open = signer_open,
	.release = signer_release,
	.read = signer_read,
	.write = signer_write,
};
static struct miscdevice signer_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mr-test-tee",
	.fops = &signer_operations,
	.mode = 0600,
};

/* MSG_KEY_RSP: status, 28 reserved bytes, the key. Every selection gives another key. */
static int derive_key(const struct snp_guest_request_ioctl *io)
{
	struct snp_derived_key_req request;
	struct snp_derived_key_resp response = {};
	const u8 *bytes = (const u8 *)&request;
	int i;

	if (copy_from_user(&request, u64_to_user_ptr(io->req_data), sizeof(request)))
		return -EFAULT;
	put_unaligned_le32(firmware_status, response.data);
	for (i = 0; i < 32; i++)
		response.data[32 + i] = 0x5A ^ i ^ bytes[i];
	return copy_to_user(u64_to_user_ptr(io->resp_data), &response, sizeof(response)) ? -EFAULT : 0;
}

/* MSG_REPORT_RSP: status, size, 24 reserved bytes, the report. */
static int give_report(const struct snp_guest_request_ioctl *io, const struct snp_report_req *request)
{
	struct snp_report_resp *response = kzalloc(sizeof(*response), GFP_KERNEL);
	int rc;

	if (!response)
		return -ENOMEM;
	put_unaligned_le32(firmware_status, response->data);
	put_unaligned_le32(size ? size : SNP_SIZE, response->data + 4);
	fill(response->data + 32, SNP_SIZE, request->user_data, request->vmpl);
	rc = copy_to_user(u64_to_user_ptr(io->resp_data), response, sizeof(*response)) ? -EFAULT : 0;
	kfree(response);
	return rc;
}

/* The host says how much room its certificates need if it is not enough. */
static int give_extended_report(struct snp_guest_request_ioctl *io)
{
	struct snp_ext_report_req request;
	int rc = 0;
	u8 *blob;

	if (copy_from_user(&request, u64_to_user_ptr(io->req_data), sizeof(request)))
		return -EFAULT;
	if (request.certs_len < certificates) {
		request.certs_len = certificates;
		io->exitinfo2 = SNP_GUEST_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN, 0);
		return copy_to_user(u64_to_user_ptr(io->req_data), &request, sizeof(request)) ? -EFAULT : -EIO;
	}
	if (certificates) {
		blob = kvzalloc(certificates, GFP_KERNEL);
		if (!blob)
			return -ENOMEM;
		fill_certificates(blob, certificates);
		rc = copy_to_user(u64_to_user_ptr(request.certs_address), blob, certificates) ? -EFAULT : 0;
		kvfree(blob);
	}
	return rc ? rc : give_report(io, &request.data);
}

static int firmware_call(unsigned int command, struct snp_guest_request_ioctl *io)
{
	struct snp_report_req request;

	if (take_failure())
		return -error;
	io->exitinfo2 = firmware_error;
	if (firmware_error)
		return -EIO;
	switch (command) {
	case SNP_GET_DERIVED_KEY:
		return derive_key(io);
	case SNP_GET_REPORT:
		return copy_from_user(&request, u64_to_user_ptr(io->req_data), sizeof(request)) ? -EFAULT : give_report(io, &request);
	case SNP_GET_EXT_REPORT:
		return give_extended_report(io);
	default:
		return -ENOTTY;
	}
}

static long sev_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct snp_guest_request_ioctl io;
	long rc;

	if (copy_from_user(&io, (void __user *)argument, sizeof(io)))
		return -EFAULT;
	io.exitinfo2 = NO_FIRMWARE_CALL;
	if (!io.msg_version)
		return -EINVAL;
	mutex_lock(&lock);
	rc = firmware_call(command, &io);
	mutex_unlock(&lock);
	if (io.exitinfo2 && copy_to_user((void __user *)argument, &io, sizeof(io)))
		return -EFAULT;
	return rc;
}

static const struct file_operations sev_operations = { .owner = THIS_MODULE, .unlocked_ioctl = sev_ioctl };
static struct miscdevice sev_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sev-guest",
	.fops = &sev_operations,
	.mode = 0600,
};

/* What the platform has besides configfs-tsm. */
static int start_device(void)
{
	if (is_snp())
		return misc_register(&sev_device);
#ifdef HAS_REGISTERS
	return start_registers();
#else
	return 0;
#endif
}

static void stop_device(void)
{
	if (is_snp())
		misc_deregister(&sev_device);
#ifdef HAS_REGISTERS
	else
		stop_registers();
#endif
}

static int __init start(void)
{
	int rc;

	ops.name = provider;
	rc = misc_register(&signer_device);
	if (rc)
		return rc;
	rc = start_device();
	if (rc)
		goto no_signer;
	rc = tsm_register(&ops, NULL);
	if (!rc)
		return 0;
	stop_device();
no_signer:
	misc_deregister(&signer_device);
	return rc;
}

static void __exit stop(void)
{
	tsm_unregister(&ops);
	stop_device();
	misc_deregister(&signer_device);
	kvfree(signer.answer);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Evidence without a TEE, for tests of what asks for it");
MODULE_LICENSE("Dual MIT/GPL");
