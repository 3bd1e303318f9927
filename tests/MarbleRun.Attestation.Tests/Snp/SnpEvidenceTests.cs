using System.Buffers.Binary;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Snp;

/// <summary>
/// What configfs-tsm returns for a machine of SEV-SNP: report and certificate table, from a friendly host and from a hostile one.
/// </summary>
[Trait("Security", "B1")]
public sealed class SnpEvidenceTests
{
    private static readonly byte[] s_certificate = [0x30, 0x01, 0x02];

    private readonly SnpForge _forge = new();

    [Fact]
    public void TryRead_ReportAndTable_GivesEveryCertificate()
    {
        byte[] table = CertificateTable.Write(
            (CertificateTable.Vlek, [1]),
            (CertificateTable.Vcek, [2]),
            (CertificateTable.Ask, [3]),
            (CertificateTable.Ark, [4]),
            (CertificateTable.List, [5]),
            ("00112233445566778899aabbccddeeff", [6]));

        SnpEvidence evidence = Read(_forge.Build(), [.. table, .. new byte[4096]]);

        Assert.Equal(_forge.Build()[..0x2a0], evidence.Report.ToArray()[..0x2a0]);
        Assert.Equal([2], evidence.Certificates.Vek!.Value.ToArray());
        Assert.Equal([3], evidence.Certificates.Ask!.Value.ToArray());
        Assert.Equal([4], evidence.Certificates.Ark!.Value.ToArray());
        Assert.Equal([5], evidence.Certificates.RevocationList!.Value.ToArray());
        Assert.Equal([1], Read(new SnpForge(kind: SnpSigningKey.Vlek).Build(), table).Certificates.Vek!.Value.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    [InlineData(4096)]
    public void TryRead_NoCertificates_IsAReportAlone(int zeros)
    {
        SnpEvidence evidence = Read(_forge.Build(), new byte[zeros]);

        Assert.Equal(
            (null, null, null, null),
            (evidence.Certificates.Vek, evidence.Certificates.Ask, evidence.Certificates.Ark, evidence.Certificates.RevocationList));
        Assert.Equal(0x4a0 + zeros, evidence.ToQuote().RawData.Length);
    }

    [Fact]
    public void ToQuote_Evidence_IsReadBackWithAndWithoutHeader()
    {
        byte[] table = CertificateTable.Write((CertificateTable.Vcek, s_certificate));
        Quote quote = Read(_forge.Build(), table).ToQuote();

        foreach (byte[] wire in new[] { quote.ToEvidence(), quote.RawData.ToArray() })
        {
            var received = Quote.FromEvidence(wire);
            Assert.True(SnpEvidence.Recognizes(received));
            Assert.True(SnpEvidence.TryRead(received, out SnpEvidence? evidence, out _));
            Assert.Equal(s_certificate, evidence.Certificates.Vek!.Value.ToArray());
        }
    }

    [Theory]
    [InlineData(0u, 3u, "names 3 bytes at 0, but certificates are from 48 to 51")]
    [InlineData(24u, 3u, "names 3 bytes at 24, but certificates are from 48 to 51")]
    [InlineData(47u, 3u, "names 3 bytes at 47, but certificates are from 48 to 51")]
    [InlineData(48u, 0u, "names 0 bytes at 48, but certificates are from 48 to 51")]
    [InlineData(48u, 4u, "names 4 bytes at 48, but certificates are from 48 to 51")]
    [InlineData(51u, 1u, "names 1 bytes at 51, but certificates are from 48 to 51")]
    [InlineData(48u, uint.MaxValue, "names 4294967295 bytes at 48, but certificates are from 48 to 51")]
    [InlineData(uint.MaxValue, uint.MaxValue, "names 4294967295 bytes at 4294967295, but certificates are from 48 to 51")]
    [InlineData(2147483648u, 3u, "names 3 bytes at 2147483648, but certificates are from 48 to 51")]
    public void TryRead_EntryOutsideTheTable_IsRefused(uint offset, uint length, string fault)
    {
        byte[] table = CertificateTable.Write((CertificateTable.Vcek, s_certificate));
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(20), length);

        Assert.Equal("entry 63da758d-e664-4564-adc5-f4b93be8accd of the certificate table " + fault, Fault(table));
    }

    [Fact]
    public void TryRead_TableWithoutEndOrWithTwins_IsRefused()
    {
        Assert.Equal("the certificate table ends before its last entry", Fault([1]));
        Assert.Equal("the certificate table ends before its last entry", Fault(new byte[23]));
        Assert.Equal(
            "the certificate table ends before its last entry",
            Fault([.. CertificateTable.Write((CertificateTable.Ask, s_certificate)).AsSpan(0, 24), 1]));
        Assert.Equal(
            "entry c0b406a4-a803-4952-9743-3fb6014cd0ae of the certificate table occurs twice",
            Fault(CertificateTable.Write((CertificateTable.Ark, s_certificate), (CertificateTable.Ark, s_certificate))));
        Assert.Equal("the certificate table has more than 64 entries", Fault([.. Enumerable.Repeat((byte)1, 24 * 100)]));
        Assert.Equal("the certificate table has 1048577 bytes, at most 1048576 are read", Fault(new byte[1024 * 1024 + 1]));
    }

    [Fact]
    public void TryRead_TableCutAnywhereOrChangedAnywhere_NeverThrows()
    {
        byte[] table = CertificateTable.Write((CertificateTable.Vcek, s_certificate), (CertificateTable.Ask, s_certificate));
        byte[] report = _forge.Build();
        for (int length = 1; length < table.Length; length++)
        {
            Assert.False(SnpEvidence.TryRead(report, table.AsMemory(0, length), out _, out string? fault));
            Assert.NotEmpty(fault);
        }

        var random = new Random(20260601);
        for (int i = 0; i < 5000; i++)
        {
            byte[] changed = [.. table];
            changed[random.Next(72)] ^= (byte)random.Next(1, 256);
            Assert.Equal(SnpEvidence.TryRead(report, changed, out SnpEvidence? evidence, out string? fault), fault is null);
            Assert.Equal(evidence is null, fault is not null);
        }
    }

    [Fact]
    public void Recognizes_QuotesOfIntelAndNoise_AreNotReports()
    {
        byte[] intel =
        [
            4, 0, 2, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f,
            0x06, 0x07,
        ];

        Assert.False(SnpEvidence.Recognizes(Quote.FromRaw(intel)));
        Assert.False(SnpEvidence.Recognizes(Quote.FromRaw([.. intel, .. new byte[1184 - intel.Length]])));
        Assert.False(SnpEvidence.Recognizes(Quote.FromRaw([])));
        Assert.False(SnpEvidence.Recognizes(Quote.FromRaw([2, 0, 0])));
        Assert.True(SnpEvidence.Recognizes(Quote.FromRaw(new byte[1184])));
        Assert.True(SnpEvidence.Recognizes(Quote.FromRaw([2, 0, 0, 0])));
    }

    [Fact]
    public async Task Verify_MalformedTable_IsMalformed()
    {
        Verdict verdict = await Verifier(new Source(_forge.Pki)).VerifyAsync(
            Quote.FromRaw([.. _forge.Build(), 1]), Expectation(), TestContext.Current.CancellationToken);

        Assert.Equal(("report.structure", VerdictReason.Malformed), SnpForge.Failure(verdict));
    }

    [Theory]
    [InlineData(SnpSigningKey.Vcek)]
    [InlineData(SnpSigningKey.Vlek)]
    public async Task Verify_CertificateInTheTable_AsksForIssuersAndListOfTheLineOnly(SnpSigningKey kind)
    {
        var forge = new SnpForge(kind: kind);
        var source = new Source(forge.Pki);

        Verdict verdict = await Verifier(source, forge).VerifyAsync(
            Read(forge.Build(), CertificateTable.Of(forge.Pki)).ToQuote(), Expectation(), TestContext.Current.CancellationToken);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(SnpCollateralRequest.ForIssuers(kind, SnpProductLine.Genoa), Assert.Single(source.Requests));
    }

    [Fact]
    public async Task Verify_ManyMachinesWithCertificates_AskACacheOnce()
    {
        var source = new Source(_forge.Pki);
        var cache = new CachingCollateralProvider(source, new FakeTimeProvider(SnpTestPki.Now));
        Quote quote = Read(_forge.Build(), CertificateTable.Of(_forge.Pki)).ToQuote();
        for (int i = 0; i < 3; i++)
        {
            Verdict verdict = await Verifier(cache).VerifyAsync(quote, Expectation(), TestContext.Current.CancellationToken);
            Assert.True(verdict.IsAccepted, verdict.ToString());
        }

        Assert.Single(source.Requests);
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Verify_ListInTheTableAlone_IsNotTaken()
    {
        var verifier = new SnpReportVerifier(_forge.Pki.Anchor(), timeProvider: new FakeTimeProvider(SnpTestPki.Now));

        Verdict verdict = await verifier.VerifyAsync(
            Read(_forge.Build(), CertificateTable.Of(_forge.Pki)).ToQuote(), Expectation(), TestContext.Current.CancellationToken);

        Assert.Equal(("crl.ark", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
    }

    [Fact]
    public async Task Verify_TableOfAnotherMachine_IsRefused()
    {
        byte[] other = CertificateTable.Of(new SnpForge().Pki);

        Verdict verdict = await Verifier(new Source(_forge.Pki)).VerifyAsync(
            Read(_forge.Build(), other).ToQuote(), Expectation(), TestContext.Current.CancellationToken);

        Assert.Equal(("report.signature", VerdictReason.SignatureInvalid), SnpForge.Failure(verdict));
    }

    private static QuoteExpectation Expectation() =>
        new() { ReportData = ReportData.FromBytes(new byte[64]), Package = SnpForge.Package() };

    private static SnpEvidence Read(byte[] report, byte[] table)
    {
        Assert.True(SnpEvidence.TryRead(report, table, out SnpEvidence? evidence, out string? fault), fault);
        return evidence;
    }

    private SnpReportVerifier Verifier(ICollateralProvider provider, SnpForge? forge = null) =>
        new((forge ?? _forge).Pki.Anchor(), provider, new FakeTimeProvider(SnpTestPki.Now));

    private string? Fault(byte[] table)
    {
        Assert.False(SnpEvidence.TryRead(_forge.Build(), table, out _, out string? fault));
        return fault;
    }

    /// <summary>Knows issuers and lists, as AMD's service does of a VLEK, and keeps what it was asked.</summary>
    private sealed class Source(SnpTestPki pki) : ICollateralProvider
    {
        public List<SnpCollateralRequest> Requests { get; } = [];

        public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
        {
            Requests.Add(request);
            return ValueTask.FromResult(
                new SnpCollateral { Ask = pki.AskDer(), Ark = pki.ArkDer(), RevocationList = pki.RevocationList() });
        }
    }
}
