using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

public sealed class RecoverySecretsTests : IDisposable
{
    private readonly SealingKey _key = new(RandomNumberGenerator.GetBytes(SealingKey.Size));
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _key.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Issue_NoKeys_GivesNothing() => Assert.Empty(Issue(0).Encrypted);

    [Fact]
    public void Issue_OneKey_GivesTheKeyItself()
    {
        RecoverySecrets secrets = Issue(0, TestParty.Five[0]);

        Assert.Equal(_key.Bytes.ToArray(), TestParty.Five[0].Decrypt(secrets.Encrypted["party 1"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Issue_AllOfThree_GivesSharesThatAddUp(int threshold)
    {
        TestParty[] three = [.. TestParty.Five.Take(3)];
        RecoverySecrets secrets = Issue(threshold, three);

        byte[][] shares = [.. three.Select(p => p.Decrypt(secrets.Encrypted[p.Name]))];

        Assert.Equal(_key.Bytes.ToArray(), shares[0].Select((b, i) => (byte)(b ^ shares[1][i] ^ shares[2][i])));
    }

    [Fact]
    public void Issue_TwoOfThree_GivesSharesOf33Bytes()
    {
        TestParty[] three = [.. TestParty.Five.Take(3)];
        RecoverySecrets secrets = Issue(2, three);

        Assert.All(three, p => Assert.Equal(33, p.Decrypt(secrets.Encrypted[p.Name]).Length));
    }

    [Fact]
    [Case("client-api", "A recovery secret is decrypted with OAEP and SHA-256")]
    public async Task Issue_Secret_IsDecryptedByOpenSsl()
    {
        TestParty party = TestParty.Five[0];
        string key = _directory.File("key.pem");
        string encrypted = _directory.File("secret.encrypted");
        string decrypted = _directory.File("secret");
        await File.WriteAllTextAsync(key, party.Key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(encrypted, Issue(0, party).Encrypted[party.Name], TestContext.Current.CancellationToken);

        await OpenSsl.RunAsync(
            "pkeyutl", "-decrypt", "-inkey", key, "-in", encrypted, "-out", decrypted,
            "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256");

        Assert.Equal(_key.Bytes.ToArray(), await File.ReadAllBytesAsync(decrypted, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Issue_SameKeyUnderTwoNames_GivesEachItsOwnShare()
    {
        Manifest manifest = TestParty.ParseManifestOf(0, TestParty.Five[0]);
        manifest = manifest with { RecoveryKeys = manifest.RecoveryKeys.Add("twin", manifest.RecoveryKeys["party 1"]) };

        RecoverySecrets secrets = RecoverySecrets.Issue(_key, RecoveryKeySet.From(ManifestChecker.Check(manifest)));

        Assert.NotEqual(TestParty.Five[0].Decrypt(secrets.Encrypted["party 1"]), TestParty.Five[0].Decrypt(secrets.Encrypted["twin"]));
    }

    [Fact]
    public void Keys_TooShort_AreRefusedByName()
    {
        RecoveryException exception = Assert.Throws<RecoveryException>(
            () => TestParty.KeysOf(0, new TestParty("short", 1024)));

        Assert.Equal(RecoveryFailure.UnusableKey, exception.Failure);
        Assert.Equal(
            "parsing recovery public key \"short\": crypto/rsa: 1024-bit keys are insecure (see "
            + "https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
            exception.Message);
    }

    [Theory]
    [InlineData("", "given PEM data is not a public key")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "given PEM data is not a public key")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "x509: malformed public key")]
    public void Keys_NoRsaKeyInPem_AreRefusedByName(string pem, string reason)
    {
        Manifest manifest = TestParty.ParseManifestOf(0);
        manifest = manifest with { RecoveryKeys = manifest.RecoveryKeys.Add("wrong", pem) };

        RecoveryException exception = Assert.Throws<RecoveryException>(() => RecoveryKeySet.From(ManifestChecker.Check(manifest)));

        Assert.StartsWith($"parsing recovery public key \"wrong\": {reason}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_OnAnEllipticCurve_AreRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        RecoveryException exception = Assert.Throws<RecoveryException>(
            () => RecoveryPublicKey.FromDer(key.ExportSubjectPublicKeyInfo()));

        Assert.StartsWith("unsupported type of public key", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(2, 1)]
    public void Keys_ImpossibleThreshold_AreRefused(int parties, int threshold) =>
        Assert.Throws<RecoveryException>(() => TestParty.KeysOf(threshold, TestParty.Five.Take(parties)));

    [Fact]
    public void Keys_MoreThanThereAreShares_AreRefused()
    {
        Manifest manifest = TestParty.ParseManifestOf(0, TestParty.Five[0]);
        string pem = manifest.RecoveryKeys["party 1"];
        manifest = manifest with
        {
            RecoveryKeys = manifest.RecoveryKeys.AddRange(Enumerable.Range(0, 255).Select(i => KeyValuePair.Create($"{i}", pem))),
        };

        RecoveryException exception = Assert.Throws<RecoveryException>(() => RecoveryKeySet.From(ManifestChecker.Check(manifest)));

        Assert.Equal("too many recovery keys: 256; at most 255 are possible", exception.Message);
    }

    private RecoverySecrets Issue(int threshold, params TestParty[] parties) =>
        RecoverySecrets.Issue(_key, TestParty.KeysOf(threshold, parties));
}
