using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Sdk.Tests.Manifests;

/// <summary>Signatures of owners, those of <c>docs/manifest-signatures.md</c> first.</summary>
public sealed class ManifestSignatureTests
{
    private static readonly DateTimeOffset s_now = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly string s_other = new('e', 64);
    private static readonly ECDsa s_key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly OwnerKey s_owner = OwnerKey.Of(s_key);

    [Fact]
    public void Vectors_OfTheDocument_AreGenuineAndOfItsManifest()
    {
        Assert.Equal(4, SignatureVectors.Signatures.Length);
        Assert.All(SignatureVectors.Signatures, signature =>
        {
            Assert.True(signature.IsGenuine());
            Assert.True(ManifestSignatures
                .Verify([signature], SignatureVectors.Fingerprint, [signature.Key], signature.Sequence, s_now).IsAccepted);
        });
    }

    [Fact]
    public void GetStatement_OfTheDocumentsFirstSignature_IsAsWritten()
    {
        ManifestSignature first = SignatureVectors.Signatures[0];

        Assert.Equal(
            SignatureVectors.Statement,
            Encoding.ASCII.GetString(ManifestSignature.GetStatement(first.Key, first.ManifestFingerprint, first.Sequence, first.NotAfter)));
    }

    [Fact]
    public void Write_ThenParse_GivesTheDocumentsBytes() =>
        Assert.Equal(
            Unescaped(SignatureVectors.Json), Unescaped(Encoding.UTF8.GetString(ManifestSignatures.Write(SignatureVectors.Signatures))));

    [Theory]
    [InlineData("Sequence", "2")]
    [InlineData("Sequence", "0")]
    [InlineData("NotAfter", "\"2031-05-06T07:08:10Z\"")]
    [InlineData("NotAfter", null)]
    [InlineData("ManifestFingerprint", "\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\"")]
    [InlineData("Signature", "\"AAAA\"")]
    public void IsGenuine_ChangedField_SaysNo(string member, string? value)
    {
        JsonNode file = JsonNode.Parse(SignatureVectors.Json)!;
        file["ManifestSignatures"]![0]![member] = value is null ? null : JsonNode.Parse(value);

        Assert.False(ManifestSignatures.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()))[0].IsGenuine());
    }

    [Fact]
    public void IsGenuine_AnyBitOfTheSignatureChanged_SaysNo()
    {
        foreach (ManifestSignature signature in SignatureVectors.Signatures)
        {
            for (int i = 0; i < signature.Signature.Length; i += 7)
            {
                byte[] changed = signature.Signature.ToArray();
                changed[i] ^= 1;
                Assert.False(new ManifestSignature(
                    signature.Key, signature.ManifestFingerprint, signature.Sequence, signature.NotAfter, changed).IsGenuine());
            }
        }
    }

    [Fact]
    public void IsGenuine_OfAnotherStatement_SaysNo()
    {
        // The same key signed something else: the label keeps them apart.
        byte[] signature = s_key.SignData(
            Encoding.ASCII.GetBytes(SignatureVectors.Fingerprint), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        Assert.False(new ManifestSignature(s_owner, SignatureVectors.Fingerprint, 1, null, signature).IsGenuine());
    }

    [Fact]
    public void IsGenuine_RsaInThePaddingOfPkcs1_SaysNo()
    {
        using var rsa = RSA.Create(2048);
        OwnerKey owner = OwnerKey.Of(rsa);
        byte[] statement = ManifestSignature.GetStatement(owner, s_other, 1, null);

        Assert.True(ManifestSignature.Sign(s_other, rsa, 1).IsGenuine());
        byte[] pkcs1 = rsa.SignData(statement, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.False(new ManifestSignature(owner, s_other, 1, null, pkcs1).IsGenuine());
    }

    public static TheoryData<ManifestSignatureOutcome, string> Refusals => new()
    {
        { ManifestSignatureOutcome.Missing, "has no owner's signature" },
        { ManifestSignatureOutcome.UnknownKey, "not among the owners' keys" },
        { ManifestSignatureOutcome.OtherManifest, "not for " },
        { ManifestSignatureOutcome.Invalid, "was not created by that key" },
        { ManifestSignatureOutcome.SequenceTooLow, "sequence number 4, and the lowest accepted one is 5" },
        { ManifestSignatureOutcome.Expired, "expired at 2031-05-06T07:08:08Z, and the clock of this machine says 2031-05-06T07:08:09Z" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Verify_NoGoodSignature_SaysWhy(ManifestSignatureOutcome outcome, string expected)
    {
        ManifestSignatureVerdict verdict = Verify(Miss(outcome));

        Assert.False(verdict.IsAccepted);
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Contains(expected, verdict.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Verify_GoodOneAmongOthers_IsFound(ManifestSignatureOutcome other, string unused)
    {
        Assert.NotEmpty(unused);
        ManifestSignature good = ManifestSignature.Sign(SignatureVectors.Fingerprint, s_key, 5, s_now);

        Assert.Same(good, Verify([.. Miss(other), good]).Signature);
        Assert.Same(good, Verify([good, .. Miss(other)]).Signature);
    }

    [Fact]
    public void Verify_SeveralGoodOnes_TellTheHighestSequence() =>
        Assert.Equal(
            9UL,
            Verify([.. new ulong[] { 6, 9, 7 }
                .Select(n => ManifestSignature.Sign(SignatureVectors.Fingerprint, s_key, n))]).Signature!.Sequence);

    [Fact]
    public void Verify_NoOwners_AcceptsNothing() =>
        Assert.Equal(
            ManifestSignatureOutcome.UnknownKey,
            ManifestSignatures.Verify([ManifestSignature.Sign(s_other, s_key, 1)], s_other, [], 0, s_now).Outcome);

    [Theory]
    [InlineData("[]", "an object with the list ManifestSignatures")]
    [InlineData("{\"manifestSignatures\":[]}", "an object with the list ManifestSignatures")]
    [InlineData("{\"ManifestSignatures\":[1]}", "ManifestSignatures[0]: It is not an object.")]
    [InlineData("{\"ManifestSignatures\":[{}]}", "ManifestSignatures[0]: Key is missing")]
    [InlineData("{\"ManifestSignatures\":[],\"ManifestSignatures\":[]}", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("", "not JSON")]
    [Trait("Security", "G3")]
    public void TryParse_NoFileOfSignatures_SaysWhere(string json, string expected) => AssertRefused(json, expected);

    [Theory]
    [InlineData("Key", "\"AAAA\"", "Key: It is not a SubjectPublicKeyInfo")]
    [InlineData("Key", "\"\\ud800\"", "Key is missing or not base64")]
    [InlineData("ManifestFingerprint", "\"8FD7\"", "64 hexadecimal digits in lower case")]
    [InlineData("ManifestFingerprint", "\"\\ud800\"", "64 hexadecimal digits in lower case")]
    [InlineData("Sequence", "9007199254740992", "at most")]
    [InlineData("Sequence", "-1", "Sequence is missing or not a whole number")]
    [InlineData("Sequence", "1.5", "Sequence is missing or not a whole number")]
    [InlineData("Sequence", "\"1\"", "Sequence is missing or not a whole number")]
    [InlineData("NotAfter", "\"2031-05-06\"", "NotAfter is not a time")]
    [InlineData("NotAfter", "\"2031-05-06T07:08:09+01:00\"", "NotAfter is not a time")]
    [InlineData("NotAfter", "7", "NotAfter is not a time")]
    [InlineData("Signature", "\"\"", "1 to 1024 bytes")]
    [InlineData("Signature", "\"?\"", "Signature is missing or not base64")]
    [Trait("Security", "G3")]
    public void TryParse_WrongMember_NamesIt(string member, string value, string expected)
    {
        // By text, since half a surrogate pair cannot be written by a node.
        JsonNode file = JsonNode.Parse(SignatureVectors.Json)!;
        file["ManifestSignatures"]![1]![member] = "PLACE";

        AssertRefused(file.ToJsonString().Replace("\"PLACE\"", value, StringComparison.Ordinal), expected);
    }

    [Fact]
    public void TryParse_TooMuch_IsRefused()
    {
        JsonNode file = JsonNode.Parse(SignatureVectors.Json)!;
        JsonArray list = file["ManifestSignatures"]!.AsArray();
        while (list.Count <= ManifestSignature.MaxCount)
        {
            list.Add(list[0]!.DeepClone());
        }

        AssertRefused(file.ToJsonString(), "has 17 entries");
        AssertRefused(new string(' ', ManifestSignatures.MaxLength + 1), "at most 65536 bytes");
        Assert.Throws<ArgumentException>(() => ManifestSignatures.Write([.. Enumerable.Repeat(SignatureVectors.Signatures[0], 17)]));
    }

    [Fact]
    public void TryParse_LongestFile_IsReadAgain()
    {
        using var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Modulus = [0xFF, .. new byte[1022], 1], Exponent = [1, 0, 1] });
        var longest = new ManifestSignature(
            OwnerKey.Of(rsa), s_other, ManifestSignature.MaxSequence, DateTimeOffset.MaxValue, new byte[1024]);
        byte[] file = ManifestSignatures.Write([.. Enumerable.Repeat(longest, ManifestSignature.MaxCount)]);

        Assert.Equal(ManifestSignature.MaxCount, ManifestSignatures.Parse(file).Length);
    }

    private static ImmutableArray<ManifestSignature> Miss(ManifestSignatureOutcome outcome)
    {
        string manifest = SignatureVectors.Fingerprint;
        ManifestSignature good = ManifestSignature.Sign(manifest, s_key, 5);
        return outcome switch
        {
            ManifestSignatureOutcome.Missing => [],
            ManifestSignatureOutcome.UnknownKey => [SignatureVectors.Signatures[0]],
            ManifestSignatureOutcome.OtherManifest => [ManifestSignature.Sign(s_other, s_key, 9)],
            ManifestSignatureOutcome.Invalid => [new ManifestSignature(s_owner, manifest, 6, null, good.Signature.Span)],
            ManifestSignatureOutcome.SequenceTooLow => [ManifestSignature.Sign(manifest, s_key, 4)],
            ManifestSignatureOutcome.Expired => [ManifestSignature.Sign(manifest, s_key, 6, s_now.AddSeconds(-1))],
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };
    }

    private static ManifestSignatureVerdict Verify(IReadOnlyList<ManifestSignature> signatures) =>
        ManifestSignatures.Verify(signatures, SignatureVectors.Fingerprint, [s_owner], 5, s_now);

    private static void AssertRefused(string json, string expected)
    {
        Assert.False(ManifestSignatures.TryParse(
            Encoding.UTF8.GetBytes(json), out ImmutableArray<ManifestSignature> signatures, out string? fault));
        Assert.Empty(signatures);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    private static string Unescaped(string json) => json.Replace("\\u002B", "+", StringComparison.Ordinal);
}
