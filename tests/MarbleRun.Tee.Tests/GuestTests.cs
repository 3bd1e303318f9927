namespace MarbleRun.Tee.Tests;

/// <summary>
/// The shim in a virtual machine without a TEE: the kernel's own configfs-tsm (Linux 6.12), with a provider of ours
/// (kernel/mr_test_tee.c) that calls itself TDX or SEV-SNP, makes the faults and signs nothing.
/// </summary>
public sealed class GuestTests(Guest guest) : IClassFixture<Guest>
{
    private static readonly string[] s_linux =
    [
        "a kernel without configfs has no TEE",
        "a kernel without configfs-tsm has no TEE",
        "a kernel without a provider has no TEE",
    ];

    private static readonly string[] s_both =
    [
        "the shim finds configfs-tsm without a choice",
        "backends of library operating systems are not there",
        "evidence has the report data that were asked for",
        "evidence over other report data is refused",
        "evidence of 10 bytes is refused",
        "evidence of 32,768 bytes has the right outcome",
        "evidence of 40,000 bytes is too large for Linux 6.12",
        "EBUSY three times, then evidence",
        "EINTR three times, then evidence",
        "EIO is an error of input and output",
        "ETIMEDOUT is a timeout",
        "a real SIGALRM does not end the request",
        "no free descriptor is an error and leaves no folder",
        "a user without root is denied",
        "a user who owns the report folder is denied",
        "16 threads get their own evidence",
        "a racing writer is noticed",
        "a second write of the same report data is a conflict",
        "there is no sealing key by signer",
        "no register can be extended",
        "another provider is noticed",
        "many reports leave no folder, descriptor or memory",
    ];

    private static readonly string[] s_snp =
    [
        "certificates are handed on",
        "a host without certificates",
        "40,000 bytes of certificates are too large for Linux 6.12",
        "the lowest privilege level is asked for",
        "the derived key is of chip, policy and measurement",
        "the derived key has no identifier",
        "an error of the firmware has its number",
        "a status inside the firmware's answer is refused",
        "a busy firmware is asked again",
        "/dev/sev-guest is found without configfs",
        "/dev/sev-guest gives report, certificates and key",
        "/dev/sev-guest is asked again with room for more certificates",
        "/dev/sev-guest with 2 MiB of certificates is too large",
        "/dev/sev-guest with other report data is refused",
        "/dev/sev-guest with a report of 10 bytes is refused",
        "/dev/sev-guest denies a user without root",
    ];

    public static IEnumerable<TheoryDataRow<string>> Checks => Names.Select(n => new TheoryDataRow<string>(n));

    private static IEnumerable<string> Names =>
    [
        .. s_linux.Select(n => "Linux: " + n),
        .. s_both.Select(n => "TDX: " + n),
        .. s_both.Concat(s_snp).Select(n => "SNP: " + n),
        "Linux: the kernel has nothing to report",
    ];

    [Theory]
    [MemberData(nameof(Checks))]
    public void Guest_Check_Holds(string check) => guest.Run.AssertHolds(check);

    /// <remarks>So that no check vanishes, and none is added that nothing looks at.</remarks>
    [Fact]
    public void Guest_ToTheEnd_ReportsExactlyTheseChecks() => guest.Run.AssertReported(Names);
}
