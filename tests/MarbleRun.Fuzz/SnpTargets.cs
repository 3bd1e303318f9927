using System.Buffers.Binary;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Fuzz;

/// <summary>Reports of SEV-SNP with their certificates and revocation lists.</summary>
internal static class SnpTargets
{
    private static readonly SnpTrustAnchor s_anchor = SnpTrustAnchor.FromCertificate(SnpEvidence.Read("ark"));
    private static readonly FixedClock s_clock = new();
    private static readonly SnpCollateral s_collateral = new()
    {
        Vek = SnpEvidence.Read("vcek"),
        Ask = SnpEvidence.Read("ask"),
        Ark = SnpEvidence.Read("ark"),
        RevocationList = SnpEvidence.Read("crl"),
    };
    private static readonly PackageProperties s_package = new()
    {
        Snp = new SnpProperties
        {
            MinimumTcb = new SnpTcb { BootLoader = 0 },
            SigningKey = SnpSigningKey.Vcek,
            Measurement = new string('f', 96),
        },
    };

    public static IReadOnlyList<Target> All { get; } =
    [
        new(
            "snp",
            input => Verify(input, s_collateral),
            () => [SnpEvidence.Read("report"), SnpEvidence.CreateReport(2), SnpEvidence.CreateReport(3), SnpEvidence.CreateReport(5)]),
        new(
            "snp-chain",
            VerifyChain,
            () => [[
                .. UInt16(SnpEvidence.Read("vcek").Length),
                .. UInt16(SnpEvidence.Read("ask").Length),
                .. SnpEvidence.Read("vcek"),
                .. SnpEvidence.Read("ask"),
                .. SnpEvidence.Read("ark"),
            ]]),
        new("vek", ReadVek, () => [SnpEvidence.Read("vcek"), SnpEvidence.Read("vlek")]),
        new("snp-table", ReadTable, () => [WriteTable(CertificateTable.Vcek, "vcek"), WriteTable(CertificateTable.Vlek, "vlek")]),
        new("snp-crl", input => RevocationList.TryParse(input, AmdCertificates.Profile, out _, out _), () => [SnpEvidence.Read("crl")]),
    ];

    private static void Verify(byte[] report, SnpCollateral collateral)
    {
        var expectation = new QuoteExpectation
        {
            ReportData = report.Length == SnpReport.Size ? ReportData.FromBytes(report.AsSpan(0x50, ReportData.Size)) : default,
            Package = s_package,
        };
        Verdict verdict = new SnpReportVerifier(s_anchor, collateral, s_clock)
            .VerifyAsync(Quote.FromRaw(report), expectation).AsTask().GetAwaiter().GetResult();
        if (verdict.IsAccepted)
        {
            throw new InvalidOperationException("An unexpected machine was accepted.");
        }

        _ = verdict.ToString();
    }

    private static void VerifyChain(byte[] input)
    {
        if (input.Length < 4)
        {
            return;
        }

        ReadOnlyMemory<byte> rest = input.AsMemory(4);
        ReadOnlyMemory<byte> vek = Take(BinaryPrimitives.ReadUInt16LittleEndian(input));
        ReadOnlyMemory<byte> ask = Take(BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(2)));
        Verify(SnpEvidence.Read("report"), s_collateral with { Vek = vek, Ask = ask, Ark = rest });

        ReadOnlyMemory<byte> Take(int length)
        {
            ReadOnlyMemory<byte> taken = rest[..Math.Min(length, rest.Length)];
            rest = rest[taken.Length..];
            return taken;
        }
    }

    // A host's certificates behind a genuine report. What is in them is read by the targets above.
    private static void ReadTable(byte[] table) => Attestation.Snp.SnpEvidence.TryRead(SnpEvidence.Read("report"), table, out _, out _);

    private static byte[] WriteTable(string key, string name) => CertificateTable.Write(
        (key, SnpEvidence.Read(name)),
        (CertificateTable.Ask, SnpEvidence.Read("ask")),
        (CertificateTable.Ark, SnpEvidence.Read("ark")),
        (CertificateTable.List, SnpEvidence.Read("crl")));

    // Without the signature: what a genuine certificate is asked for.
    private static void ReadVek(byte[] input)
    {
        if (!Certificate.TryParse(input, AmdCertificates.Profile, out Certificate? certificate, out _)
            || !VekExtensions.TryRead(certificate, out VekExtensions? vek, out _))
        {
            return;
        }

        _ = SnpReport.TryParse(SnpEvidence.Read("report"), out SnpReport? report, out _);
        _ = SnpBinding.CheckSigningKey(report!, vek);
        _ = SnpBinding.CheckProduct(report!, vek);
        _ = SnpBinding.CheckTcb(report!, vek);
        _ = SnpBinding.CheckChipId(report!, vek);
    }

    private static byte[] UInt16(int value) => [(byte)value, (byte)(value >> 8)];

    /// <summary>The time at which the evidence is valid.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => SnpTestPki.Now;
    }
}
