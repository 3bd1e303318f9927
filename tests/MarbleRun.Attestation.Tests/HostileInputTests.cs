using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;
using MarbleRun.Tests.Attestation.Dcap;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation;

/// <summary>
/// Large input of every bad shape is answered, never thrown at, and takes memory in proportion to its length. Memory stands for work: what
/// is done once too often for each byte shows in what it allocates.
/// </summary>
[Trait("Security", "A18")]
[Trait("Security", "A19")]
public sealed class HostileInputTests
{
    private const int Small = 256 * 1024;
    private const int Large = 4 * Small;

    // As the bound of the fuzzer.
    private const long ForEachByte = 100;
    private const long LittleForEachByte = 12;
    private const long Fixed = 256 * 1024;

    private static readonly QuoteForge s_forge = new();
    private static readonly DcapQuoteVerifier s_verifier = new(s_forge.Pki.Anchor(), timeProvider: new FakeTimeProvider(TestPki.Now));
    private static readonly string s_tcbInfo = CollateralForge.WriteTcbInfo("@");
    private static readonly string s_level = CollateralForge.Level(5, 13);

    private static readonly Dictionary<string, (Func<int, byte[]> Make, Func<byte[], bool> IsAccepted)> s_shapes = new(
        StringComparer.Ordinal)
    {
        ["quote of junk"] = (Junk, IsQuote),
        ["quote of zeros"] = (n => new byte[n], IsQuote),
        ["quote with zeros behind it"] = (n => [.. s_forge.Build(), .. new byte[n], 1], IsQuote),
        ["quote with a long chain of nothing"] = (n => QuoteWith(Repeat("A", n)), IsQuote),
        ["quote with a chain of begins"] = (n => QuoteWith(Repeat("-----BEGIN CERTIFICATE-----\n", n)), IsQuote),
        ["quote with a chain of dashes"] = (n => QuoteWith([.. "-----BEGIN CERTIFICATE-----\n"u8, .. Repeat("-", n)]), IsQuote),
        ["quote with a chain of empty certificates"] = (
            n => QuoteWith(Repeat("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", n)), IsQuote),
        ["quote with many certificates"] = (n => QuoteWith(Repeat(TestPki.Pem(s_forge.Pki.Leaf()), n)), IsQuote),
        ["quote with a large certificate"] = (
            n => QuoteWith(Encoding.ASCII.GetBytes(TestPki.Pem(LargeCertificate(n)) + s_forge.Pki.Chain())), IsQuote),
        ["certificate with a large extension"] = (LargeCertificate, IsCertificate),
        ["certificate with many extensions"] = (n => CertificateOf(w => ManyExtensions(w, n)), IsCertificate),
        ["certificate with a long object identifier"] = (n => CertificateOf(w => LongIdentifier(w, n)), IsCertificate),
        ["certificate with a long name"] = (n => CertificateOf(null, w => LongName(w, n)), IsCertificate),
        ["certificate nested deeply"] = (Nested, IsCertificate),
        ["certificate of AMD's with a large extension"] = (
            LargeVek,
            d => Certificate.TryParse(d, AmdCertificates.Profile, out Certificate? c, out _) && VekExtensions.TryRead(c, out _, out _)),
        ["SGX extension with many fields"] = (ManyFields, d => PckExtension.TryParse(d, out _, out _)),
        ["revocation list with many entries"] = (
            ManyEntries, d => RevocationList.TryParse(d, IntelCertificates.Profile, out RevocationList? list, out _)
                && list.Contains(new byte[] { 0x7f, 0x7f })),
        ["revocation list nested deeply"] = (Nested, d => RevocationList.TryParse(d, IntelCertificates.Profile, out _, out _)
            || RevocationList.TryParse(d, AmdCertificates.Profile, out _, out _)),
        ["document nested deeply"] = (n => [.. Repeat("[", n / 2), .. Repeat("]", n / 2)], IsDocument),
        ["document of braces"] = (n => Repeat("{\"a\":", n), IsDocument),
        ["document with a long text"] = (n => [.. "{\"version\":3,\"id\":\""u8, .. Repeat("A", n), .. "\"}"u8], IsDocument),
        ["document with a long number"] = (n => [.. "{\"version\":"u8, .. Repeat("1", n), .. "}"u8], IsDocument),
        ["document with many members"] = (
            n => Encoding.ASCII.GetBytes($"{{{string.Join(',', Enumerable.Range(0, n / 12).Select(i => $"\"m{i:d7}\":1"))}}}"), IsDocument),
        ["document with many levels"] = (n => Levels(Enumerable.Repeat(s_level, (n / s_level.Length) + 1)), IsDocument),
        ["document with a level of many components"] = (n => Levels([CollateralForge.Level(5, 13, n / 9)]), IsDocument),
        ["document with many advisories"] = (
            n => Levels([s_level[..^1] + $",\"advisoryIDs\":[{string.Join(',', Enumerable.Repeat("\"A\"", n / 4))}]}}"]), _ => false),
        ["collateral of junk"] = (Junk, IsCollateral),
        ["collateral with odd hex"] = (n => [.. "{\"pck_crl\":\""u8, .. Repeat("AA", n), .. "A\"}"u8], IsCollateral),
    };

    public static TheoryData<string> Shapes => [.. s_shapes.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Input_OfAnySize_IsRefusedWithinMemoryProportionalToIt(string shape)
    {
        (Func<int, byte[]> make, Func<byte[], bool> isAccepted) = s_shapes[shape];
        byte[] small = make(Small);
        byte[] large = make(Large);
        Assert.InRange(large.Length, 3 * small.Length, 5 * small.Length);
        Assert.False(isAccepted(small));

        long allocatedSmall = Measure(small, isAccepted);
        long allocatedLarge = Measure(large, isAccepted);

        Assert.InRange(allocatedLarge, 0, Fixed + (ForEachByte * large.Length));

        // Readers rent memory that earlier inputs may have paid for: what is little for the length is not held against the larger one.
        Assert.InRange(allocatedLarge, 0, Fixed + (6 * Math.Max(allocatedSmall, LittleForEachByte * small.Length)));
    }

    [Fact]
    public void Document_WithManyAdvisories_IsReadWithAllOfThemUpToALimit()
    {
        const int most = 256;
        (Func<int, byte[]> make, _) = s_shapes["document with many advisories"];

        Assert.True(TcbInfo.TryParse(make(4 * most), out TcbInfo? info, out string? fault), fault);
        Assert.Equal(most, info.Levels[0].Claims.Advisories.Length);
        Assert.False(TcbInfo.TryParse(make(4 * (most + 1)), out _, out _));
        Assert.False(TcbInfo.TryParse(make(Small), out _, out _));
    }

    [Fact]
    public void Evidence_OfAmdOfAnySize_IsRefusedWithinMemoryProportionalToIt()
    {
        var verifier = new SnpReportVerifier(SnpTrustAnchor.Amd, timeProvider: new FakeTimeProvider(SnpTestPki.Now));
        bool IsAccepted(byte[] report) => IsAcceptedBy(verifier, report);
        byte[] junk = Junk(Large);

        Assert.False(IsAccepted(junk));
        Assert.InRange(Measure(junk, IsAccepted), 0, Fixed + (2 * Large));
    }

    private static long Measure(byte[] input, Func<byte[], bool> isAccepted)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(isAccepted(input));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static bool IsQuote(byte[] quote) => IsAcceptedBy(s_verifier, quote);

    private static bool IsAcceptedBy(IQuoteVerifier verifier, byte[] evidence)
    {
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };
        Task<Verdict> verdict =
            verifier.VerifyAsync(Quote.FromEvidence(evidence), expectation, TestContext.Current.CancellationToken).AsTask();

        // Without a provider nothing is waited for: all is counted on this thread.
        Assert.True(verdict.IsCompletedSuccessfully);
        return verdict.Result.IsAccepted;
    }

    private static bool IsCertificate(byte[] der)
    {
        if (Certificate.TryParse(der, IntelCertificates.Profile, out Certificate? certificate, out _))
        {
            // It may well be read: large is not wrong. Its name is shortened.
            Assert.InRange(certificate.SubjectText.Length, 1, 64);
        }

        return false;
    }

    private static bool IsDocument(byte[] json) => TcbInfo.TryParse(json, out _, out _) || QeIdentity.TryParse(json, out _, out _);

    private static bool IsCollateral(byte[] json)
    {
        Assert.Throws<FormatException>(() => DcapCollateral.FromJson(json));
        return false;
    }

    private static byte[] Junk(int length)
    {
        var junk = new byte[length];
        new Random(20260611).NextBytes(junk);
        return junk;
    }

    private static byte[] Repeat(string part, int length) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(part, (length / part.Length) + 1)));

    private static byte[] Levels(IEnumerable<string> levels) =>
        Encoding.ASCII.GetBytes(s_tcbInfo.Replace("@", string.Join(',', levels), StringComparison.Ordinal));

    private static byte[] QuoteWith(byte[] chain) => new QuoteForge { CertificationData = chain }.Build();

    private static byte[] LargeCertificate(int size)
    {
        var pki = new TestPki();
        pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3", new byte[size], false));
        return pki.Leaf();
    }

    private static byte[] LargeVek(int size)
    {
        var pki = new SnpTestPki();
        pki.Set(".4", new byte[size]);
        return pki.VekDer();
    }

    private static void ManyExtensions(AsnWriter writer, int size)
    {
        for (int i = 0; i < size / 14; i++)
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier($"1.2.{i + 1_000_000}.1.1");
                writer.WriteOctetString([1, 2]);
            }
        }
    }

    private static void LongIdentifier(AsnWriter writer, int size)
    {
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(Tagged(0x06, [.. Enumerable.Repeat((byte)0xff, size), 1]));
            writer.WriteOctetString([]);
        }
    }

    private static void LongName(AsnWriter writer, int size)
    {
        for (int i = 0; i < size / 16; i++)
        {
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.5.4.10");
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, "Mesh");
            }
        }
    }

    /// <summary>A well-formed certificate without a valid signature.</summary>
    private static byte[] CertificateOf(Action<AsnWriter>? extensions, Action<AsnWriter>? name = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    writer.WriteInteger(2);
                }

                writer.WriteInteger(1);
                writer.WriteEncodedValue(IntelCertificates.EcdsaWithSha256);
                Name(null);
                using (writer.PushSequence())
                {
                    writer.WriteUtcTime(TestPki.Now.AddDays(-1));
                    writer.WriteUtcTime(TestPki.Now.AddDays(1));
                }

                Name(name);
                writer.WriteEncodedValue([.. IntelCertificates.P256KeyPrefix, .. new byte[64]]);
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
                using (writer.PushSequence())
                {
                    extensions?.Invoke(writer);
                }
            }

            writer.WriteEncodedValue(IntelCertificates.EcdsaWithSha256);
            writer.WriteBitString([0x30, 6, 2, 1, 1, 2, 1, 1]);
        }

        return writer.Encode();

        void Name(Action<AsnWriter>? content)
        {
            using (writer.PushSequence())
            {
                content?.Invoke(writer);
            }
        }
    }

    private static byte[] Nested(int size)
    {
        const int Head = 5;
        var der = new byte[size];
        for (int at = 0; at + (2 * Head) <= size; at += Head)
        {
            int length = size - at - Head;
            byte[] head = [0x30, 0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length];
            head.CopyTo(der, at);
        }

        return der;
    }

    private static byte[] ManyFields(int size)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (int i = 0; i < size / 14; i++)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier($"1.2.840.113741.1.{i + 1_000_000}");
                    writer.WriteInteger(1);
                }
            }
        }

        return writer.Encode();
    }

    private static byte[] ManyEntries(int size)
    {
        var builder = new CertificateRevocationListBuilder();
        for (int i = 0; i < size / 20; i++)
        {
            builder.AddEntry([1, (byte)(i >> 16), (byte)(i >> 8), (byte)i], TestPki.Now);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return builder.Build(
            new X500DistinguishedName("CN=Test"),
            X509SignatureGenerator.CreateForECDsa(key),
            1,
            TestPki.Now.AddDays(30),
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]),
            TestPki.Now);
    }

    private static byte[] Tagged(byte tag, byte[] content) =>
        [tag, 0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length, .. content];
}
