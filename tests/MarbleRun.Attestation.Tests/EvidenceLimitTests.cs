using System.Formats.Asn1;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Tests.Attestation;

/// <summary>What evidence and collateral may hold before any work is done for it.</summary>
[Trait("Security", "A18")]
[Trait("Security", "A19")]
public sealed class EvidenceLimitTests
{
    [Fact]
    public async Task Verify_EvidenceOf64KiBAndOneByte_IsRefusedBeforeItIsRead()
    {
        byte[] quote = [3, 0, 2, 0, .. new byte[EvidenceLimits.MostBytes]];
        byte[] report = [5, 0, 0, 0, .. new byte[EvidenceLimits.MostBytes]];

        foreach (byte[] evidence in (byte[][])[quote, report])
        {
            Verdict verdict = await JudgeAsync(evidence);
            Assert.Equal(VerdictReason.Malformed, verdict.Reason);
            Assert.EndsWith(
                $"expected evidence of at most 65536 bytes, found {evidence.Length} bytes", verdict.Summary, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(33, true)]
    [InlineData(600, true)]
    public void Certificate_ExtensionsBeyondTheLimit_AreNotRead(int count, bool refused)
    {
        byte[] der = WithExtensions(count, value: [1], oid: i => $"1.2.3.{i}");

        bool isRead = Certificate.TryParse(der, IntelCertificates.Profile, out _, out string? fault);

        Assert.Equal(!refused, isRead);
        Assert.True(!refused || fault == (der.Length > EvidenceLimits.MostCertificateBytes
            ? "The certificate has more than 8192 bytes." : "There are more than 32 extensions or fields."), fault);
    }

    [Fact]
    public void Certificate_ExtensionOf64KiB_IsNotRead()
    {
        Assert.False(Certificate.TryParse(
            WithExtensions(1, new byte[64 * 1024], _ => "1.2.3"), IntelCertificates.Profile, out _, out string? fault));
        Assert.Equal("The certificate has more than 8192 bytes.", fault);
    }

    [Fact]
    public void Certificate_LongObjectIdentifier_IsNotWrittenOut()
    {
        string oid = "1.2." + string.Join('.', Enumerable.Repeat(1, 60));

        Assert.False(Certificate.TryParse(WithExtensions(1, [1], _ => oid), IntelCertificates.Profile, out _, out string? fault));
        Assert.Equal("An object identifier has more than 32 bytes.", fault);
    }

    [Theory]
    [InlineData("tcbLevels")]
    [InlineData("tdxModuleIdentities")]
    [InlineData("advisoryIDs")]
    [InlineData("size")]
    public void TcbInfo_BeyondWhatGenuineOnesReach_IsNotRead(string what)
    {
        JsonObject info = JsonNode.Parse(DcapCollateral.FromJson(Field("relaunch-plain")).TcbInfo!.Body.Span)!.AsObject();
        var level = info["tcbLevels"]![0]!.AsObject();
        switch (what)
        {
            case "tcbLevels":
                info["tcbLevels"] = Repeat(level, 257);
                break;
            case "tdxModuleIdentities":
                info["tdxModuleIdentities"] = Repeat(info["tdxModuleIdentities"]![0]!, 257);
                break;
            case "advisoryIDs":
                level["advisoryIDs"] = Repeat(JsonValue.Create("INTEL-SA-00001"), 257);
                break;
            default:
                info["more"] = new string('x', EvidenceLimits.MostDocumentBytes);
                break;
        }

        Assert.False(TcbInfo.TryParse(Encoding.UTF8.GetBytes(info.ToJsonString()), out _, out string? fault));
        Assert.Contains(what == "size" ? "the document has more than 262144 bytes" : what, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Chain_PemOfMoreThan64KiB_IsNotDecoded()
    {
        Assert.False(PemCertificates.TryRead(new byte[EvidenceLimits.MostBytes + 1], out _, out CheckFailure? failure));
        Assert.Equal("certificates in PEM of at most 65536 bytes", failure.Expected);
    }

    private static JsonArray Repeat(JsonNode node, int count) => [.. Enumerable.Range(0, count).Select(_ => node.DeepClone())];

    private static byte[] Field(string name) => File.ReadAllBytes(
        Path.Combine(TestSupport.RepositoryFiles.Root, "tests", "MarbleRun.Attestation.Tests", "Field", name, "collateral.json"));

    private static ValueTask<Verdict> JudgeAsync(byte[] evidence) =>
        EvidenceVerifier.ForHardware(provider: null, TimeProvider.System).VerifyAsync(
            Quote.FromRaw(evidence),
            new QuoteExpectation { ReportData = ReportData.ForCertificate("certificate"u8), Package = new PackageProperties() },
            TestContext.Current.CancellationToken);

    /// <summary>A certificate of Intel's form whose signature is not checked yet.</summary>
    private static byte[] WithExtensions(int count, byte[] value, Func<int, string> oid)
    {
        Assert.True(PemCertificates.TryRead(
            DcapCollateral.FromJson(Field("relaunch-plain")).TcbInfo!.IssuerChain.Span, out List<byte[]> chain, out _));
        AsnReader outer = new AsnReader(chain[0], AsnEncodingRules.DER).ReadSequence();
        AsnReader body = outer.ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                var extensions = new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true);
                while (body.HasData && !body.PeekTag().HasSameClassAndValue(extensions))
                {
                    writer.WriteEncodedValue(body.ReadEncodedValue().Span);
                }

                using (writer.PushSequence(extensions))
                using (writer.PushSequence())
                {
                    for (int i = 0; i < count; i++)
                    {
                        using (writer.PushSequence())
                        {
                            writer.WriteObjectIdentifier(oid(i));
                            writer.WriteOctetString(value);
                        }
                    }
                }
            }

            while (outer.HasData)
            {
                writer.WriteEncodedValue(outer.ReadEncodedValue().Span);
            }
        }

        return writer.Encode();
    }
}
