using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Fuzz;

/// <summary>
/// Collateral of SGX and TDX. Signatures, which cost nearly all of the time, are left out, except by the targets that sign what they are
/// given: those go the whole way to the verdict.
/// </summary>
internal static class DocumentTargets
{
    private static readonly DcapCollateral s_sgx = Simulated.SgxCollateral;
    private static readonly DcapCollateral s_tdx = Simulated.TdxCollateral;
    private static readonly DcapCollateral s_bad = Simulated.Platform.CreateCollateral(
        TeeType.Tdx,
        new SimulationScenario
        {
            PlatformTcb = TcbStatus.OutOfDate,
            QeTcb = TcbStatus.OutOfDate,
            Advisories = ["INTEL-SA-00001"],
            IsPckRevoked = true,
        });

    private static readonly DcapQuote s_sgxQuote = Parse(Simulated.SgxQuote);
    private static readonly DcapQuote s_tdxQuote = Parse(Simulated.TdxQuote);
    private static readonly PckExtension s_platform = ReadPlatform();

    public static IReadOnlyList<Target> All { get; } =
    [
        new("crl", ReadList, () => [Bytes(s_sgx.RootRevocationList), Bytes(s_sgx.PckRevocationList), Bytes(s_bad.PckRevocationList)]),
        new("issuer-chain", ReadChain, () => [Simulated.Signer.Chain, .. Chains.Select(c => c.ToArray())]),
        new("tcb-info", ReadTcbInfo, TcbInfos),
        new("qe-identity", ReadQeIdentity, QeIdentities),
        new("tcb-info-signed", input => VerifyAll(c => c with { TcbInfo = Simulated.Sign(input) }), TcbInfos),
        new("qe-identity-signed", input => VerifyAll(c => c with { QeIdentity = Simulated.Sign(input) }), QeIdentities),
        new("collateral", ReadCollateral, () => [s_sgx.ToJson(), s_bad.ToJson()]),
    ];

    private static ReadOnlyMemory<byte>[] Chains => [s_sgx.TcbInfo!.IssuerChain, s_sgx.PckRevocationListIssuerChain!.Value];

    private static void ReadList(byte[] input)
    {
        if (RevocationList.TryParse(input, IntelCertificates.Profile, out RevocationList? list, out _))
        {
            _ = list.Contains(Simulated.Material.Chain.Leaf.SerialNumber);
        }
    }

    private static void ReadChain(byte[] input)
    {
        if (SigningChain.TryRead(input, out SigningChain? chain, out _))
        {
            _ = CertificatePath.CheckAuthority(chain.Root, 0);
            _ = CertificatePath.CheckValidity([chain.Root, chain.Signer], DateTimeOffset.UtcNow);
        }
    }

    private static void ReadTcbInfo(byte[] input)
    {
        if (!TcbInfo.TryParse(input, out TcbInfo? info, out _))
        {
            return;
        }

        DcapQuote quote = info.Tee == TeeType.Tdx ? s_tdxQuote : s_sgxQuote;
        _ = DcapMatch.CheckPlatform(info, quote.Tee, s_platform);
        if (info.Tee == TeeType.Tdx)
        {
            _ = TcbEvaluation.CheckModule(info, new TdReportBody(quote.Body.Span));
        }

        _ = QeIdentity.TryParse(s_bad.QeIdentity!.Body, out QeIdentity? identity, out _);
        _ = TcbEvaluation.Evaluate(quote, s_platform, info, identity!);
    }

    private static void ReadQeIdentity(byte[] input)
    {
        if (!QeIdentity.TryParse(input, out QeIdentity? identity, out _))
        {
            return;
        }

        _ = DcapMatch.CheckQe(identity, s_sgxQuote);
        _ = DcapMatch.CheckQe(identity, s_tdxQuote);
        _ = TcbInfo.TryParse(s_bad.TcbInfo!.Body, out TcbInfo? info, out _);
        _ = TcbEvaluation.Evaluate(s_tdxQuote, s_platform, info!, identity);
    }

    private static void VerifyAll(Func<DcapCollateral, DcapCollateral> change)
    {
        DcapTrustAnchor anchor = Simulated.Platform.TrustAnchor;
        DcapTargets.Verify(new DcapQuoteVerifier(anchor, change(s_tdx), TimeProvider.System), Quote.FromRaw(Simulated.TdxQuote));
    }

    // Its faults are of the one kind that its documentation names.
    private static void ReadCollateral(byte[] input)
    {
        try
        {
            _ = DcapCollateral.FromJson(input).ToJson();
        }
        catch (FormatException)
        {
            return;
        }
    }

    private static IEnumerable<byte[]> TcbInfos() => [Bytes(s_sgx.TcbInfo!.Body), Bytes(s_tdx.TcbInfo!.Body), Bytes(s_bad.TcbInfo!.Body)];

    private static IEnumerable<byte[]> QeIdentities() =>
        [Bytes(s_sgx.QeIdentity!.Body), Bytes(s_tdx.QeIdentity!.Body), Bytes(s_bad.QeIdentity!.Body)];

    private static byte[] Bytes(ReadOnlyMemory<byte>? bytes) => bytes!.Value.ToArray();

    private static DcapQuote Parse(byte[] bytes) =>
        DcapQuote.TryParse(bytes, out DcapQuote? quote, out CheckFailure? failure)
            ? quote
            : throw new InvalidOperationException(failure.Found);

    private static PckExtension ReadPlatform() =>
        PckExtension.TryParse(Simulated.PckExtension, out PckExtension? platform, out string? fault)
            ? platform
            : throw new InvalidOperationException(fault);
}
