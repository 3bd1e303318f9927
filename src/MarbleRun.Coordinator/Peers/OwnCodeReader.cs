using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Reads which code this Coordinator is, once.</summary>
/// <param name="gate">Makes the evidence.</param>
/// <param name="verifications">Reads it.</param>
/// <param name="isSimulation">Whether there is no hardware, so that nothing can be compared and nothing is protected.</param>
/// <param name="root">The root of the file system; another one in tests.</param>
internal sealed class OwnCodeReader(QuoteGate gate, VerificationGate verifications, bool isSimulation, string root = "/")
{
    private const int DebugFlag = 2;

    private OwnCode? _own;

    /// <exception cref="AttestationException">The platform gives no evidence, or none that can be read.</exception>
    public async ValueTask<OwnCode> ReadAsync(CancellationToken cancellationToken)
    {
        if (_own is { } known)
        {
            return known;
        }

        var reportData = ReportData.FromBytes(RandomNumberGenerator.GetBytes(ReportData.Size));
        Quote quote = await gate.IssueAsync(reportData, Caller.Own, cancellationToken);
        var expectation = new QuoteExpectation { ReportData = reportData, Package = new PackageProperties() };

        // Its state of the TCB does not matter here: the claims are of this process, and the peer judges them.
        Verdict verdict = await verifications.VerifyAsync(quote, expectation, Caller.Own, cancellationToken);
        QuoteClaims claims = verdict.Claims ?? throw new AttestationException(
            AttestationFailure.PlatformUnavailable, $"The evidence of this Coordinator cannot be read: {verdict.Summary}");
        return _own = new OwnCode(claims, isSimulation || IsCertain(claims, root));
    }

    /// <summary>
    /// SEV-SNP: the processor's answer reaches the machine encrypted and authenticated. Gramine: TARGETINFO of this enclave, which the
    /// processor made (Intel SDM, volume 3D, 37.16: MEASUREMENT, ATTRIBUTES). TDX: the registers as the kernel reads them
    /// (sysfs-devices-virtual-misc-tdx_guest), from Linux 6.16 on.
    /// </summary>
    internal static bool IsCertain(QuoteClaims claims, string root) => claims.Tee switch
    {
        TeeType.Snp => true,
        TeeType.Sgx => Read(root, "dev/attestation/my_target_info") is { Length: >= 48 } target
            && Is(target.AsSpan(0, 32), claims.UniqueId)
            && ((target[32] & DebugFlag) != 0) == claims.Debug,
        TeeType.Tdx => claims.Tdx is { } td
            && HasRegister(root, "mrtd:sha384", td.MrTd)
            && HasRegister(root, "rtmr0:sha384", td.Rtmr0)
            && HasRegister(root, "rtmr1:sha384", td.Rtmr1)
            && HasRegister(root, "rtmr2:sha384", td.Rtmr2)
            && HasRegister(root, "rtmr3:sha384", td.Rtmr3)
            && HasRegister(root, "mrconfigid", td.MrConfigId),
        _ => false,
    };

    private static bool HasRegister(string root, string name, string value) =>
        Read(root, $"sys/devices/virtual/misc/tdx_guest/measurements/{name}") is { } register && Is(register, value);

    private static bool Is(ReadOnlySpan<byte> bytes, string hex) =>
        string.Equals(Convert.ToHexString(bytes), hex, StringComparison.OrdinalIgnoreCase);

    private static byte[]? Read(string root, string path)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(root, path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
