using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Signatures;

/// <summary>An owner signs a manifest with a key in a file, or elsewhere, and anybody verifies it.</summary>
public sealed class SignTests : IDisposable
{
    private const string Manifest =
        """{"Packages":{"a":{"UniqueID":"abababababababababababababababababababababababababababababababab"}},"Marbles":{"a":{"Package":"a"}}}""";
    private static readonly string s_fingerprint = MarbleRun.Manifests.Manifest.ComputeFingerprint(Encoding.UTF8.GetBytes(Manifest));

    private readonly TemporaryDirectory _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Sign_ThenVerify_IsAcceptedAndSaysWhatWasSigned()
    {
        string signatures = _folder.File("signatures.json");

        Transcript signed = await SignAsync(
            _key.ExportPkcs8PrivateKeyPem(), "--sequence", "7", "--not-after", "2099-01-02T03:04:05Z", "--out", signatures);
        Transcript verified = await VerifyAsync(signatures, "--minimum-sequence", "7");

        string words = $"sequence 7, until 2099-01-02T03:04:05Z, by key {OwnerKey.Of(_key).Fingerprint}";
        Assert.Equal((0, string.Empty, $"Signed manifest {s_fingerprint}: {words}.\n"), (signed.ExitCode, signed.Output, signed.Error));
        Assert.Equal((0, $"Accepted: The owner signed the manifest {s_fingerprint}: {words}.\n"), (verified.ExitCode, verified.Output));
    }

    [Fact]
    public async Task Sign_WithoutOut_WritesTheFileToStandardOutputWithTheTimeAsSequence()
    {
        ulong before = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        Transcript run = await SignAsync(_key.ExportPkcs8PrivateKeyPem());

        ManifestSignature signature = Assert.Single(ManifestSignatures.Parse(Encoding.UTF8.GetBytes(run.Output)));
        Assert.InRange(signature.Sequence, before, before + 3600);
        Assert.Null(signature.NotAfter);
        Assert.True(signature.IsGenuine());
    }

    [Fact]
    public async Task Sign_KeysInEveryKindOfPem_AreTaken()
    {
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (string pem in (string[])[
            rsa.ExportRSAPrivateKeyPem(),
            rsa.ExportPkcs8PrivateKeyPem(),
            p384.ExportECPrivateKeyPem(),
            "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n" + p384.ExportECPrivateKeyPem(),
        ])
        {
            Transcript run = await SignAsync(pem);

            Assert.Equal((0, true), (run.ExitCode, ManifestSignatures.Parse(Encoding.UTF8.GetBytes(run.Output))[0].IsGenuine()));
        }
    }

    [Fact]
    public async Task Sign_EncryptedKey_AsksTheFileAlone()
    {
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        string pem = _key.ExportEncryptedPkcs8PrivateKeyPem("pass word", parameters);

        Transcript right = await SignAsync(pem, "--password-file", Write("password", "pass word\r\nnot this\n"));
        Transcript wrong = await SignAsync(pem, "--password-file", Write("password", "password\n"));

        Assert.Equal(0, right.ExitCode);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("the password is wrong, or it is neither ECDSA nor RSA", wrong.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("password\n", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_SeveralOwners_AreCollectedInOneFileAndASecondOneReplacesTheFirst()
    {
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        string signatures = _folder.File("signatures.json");

        await SignAsync(_key.ExportPkcs8PrivateKeyPem(), "--sequence", "1", "--out", signatures);
        await SignAsync(second.ExportPkcs8PrivateKeyPem(), "--sequence", "2", "--out", signatures);
        await SignAsync(_key.ExportPkcs8PrivateKeyPem(), "--sequence", "3", "--out", signatures);

        Assert.Equal(
            [(2UL, OwnerKey.Of(second)), (3UL, OwnerKey.Of(_key))],
            ManifestSignatures.Parse(await File.ReadAllBytesAsync(signatures, TestContext.Current.CancellationToken)).Select(
                s => (s.Sequence, s.Key)));
    }

    [Fact]
    public async Task Sign_OutThatIsSomethingElse_IsNotOverwritten()
    {
        string other = Write("notes.txt", "keep this");

        Transcript run = await SignAsync(_key.ExportPkcs8PrivateKeyPem(), "--out", other);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("keep this", await File.ReadAllTextAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Sign_KeyThatIsElsewhere_TakesTwoStepsWithOpenSsl()
    {
        string key = Write("offline.pem", _key.ExportPkcs8PrivateKeyPem());
        string publicKey = Write("owner.pub.pem", _key.ExportSubjectPublicKeyInfoPem());
        string[] fields = ["manifest", "sign", Write("manifest.json", Manifest), "--public-key", publicKey, "--sequence", "9"];
        string statement = _folder.File("statement");
        string signature = _folder.File("signature");

        Transcript first = await Transcript.RunAsync([.. fields, "--out", statement]);
        (int ExitCode, string Output)? openSsl = await ExternalTool.TryRunAsync(
            "openssl", ["dgst", "-sha256", "-sign", key, "-out", signature, statement], TestContext.Current.CancellationToken);
        Assert.SkipWhen(openSsl is null, "openssl is not installed.");
        Transcript second = await Transcript.RunAsync([.. fields, "--signature", signature]);
        Transcript other = await Transcript.RunAsync([.. fields[..^1], "10", "--signature", signature]);

        Assert.Equal((0, 0, 0), (first.ExitCode, openSsl.Value.ExitCode, second.ExitCode));
        Assert.Contains("ECDSA P-256 with SHA-256", first.Error, StringComparison.Ordinal);
        Assert.True(ManifestSignatures.Parse(Encoding.UTF8.GetBytes(second.Output))[0].IsGenuine());
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("was not created by the key", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_Request_IsTheBodyThatSetsTheManifest()
    {
        string request = _folder.File("request.json");

        Transcript run = await SignAsync(_key.ExportPkcs8PrivateKeyPem(), "--request", request);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
        using var body = JsonDocument.Parse(await File.ReadAllBytesAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(Manifest, Encoding.UTF8.GetString(body.RootElement.GetProperty("manifest").GetBytesFromBase64()));
        Assert.Equal(s_fingerprint, body.RootElement.GetProperty("ManifestSignatures")[0].GetProperty("ManifestFingerprint").GetString());
    }

    [Fact]
    public async Task Sign_YamlOrNoManifest_IsRefusedWithTheWayOut()
    {
        string key = Write("owner.pem", _key.ExportPkcs8PrivateKeyPem());

        Transcript yaml = await Transcript.RunAsync("manifest", "sign", Write("manifest.yaml", "Packages: {}\n"), "--key", key);
        Transcript other = await Transcript.RunAsync("manifest", "sign", Write("manifest.json", "{\"Packages\":1}"), "--key", key);

        Assert.Equal((2, 2), (yaml.ExitCode, other.ExitCode));
        Assert.Contains("marblerun manifest convert", yaml.Error, StringComparison.Ordinal);
        Assert.Contains("The manifest can't be read.", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Specify the owner's private key with --key")]
    [InlineData("--public-key requires --sequence", "--public-key", "owner.pub.pem")]
    [InlineData("--signature requires --public-key", "--key", "owner.pem", "--signature", "s")]
    [InlineData("is in the past", "--key", "owner.pem", "--not-after", "2001-01-01")]
    [InlineData("is not a time", "--key", "owner.pem", "--not-after", "soon")]
    [InlineData("at most 9007199254740991", "--key", "owner.pem", "--sequence", "9007199254740992")]
    [InlineData("has no private key in PEM", "--key", "owner.pub.pem")]
    [InlineData("It is a private key, which stays with the owner.", "--public-key", "owner.pem", "--sequence", "1")]
    public async Task Sign_WrongOptions_SayWhichAndWhy(string expected, params string[] options)
    {
        Write("owner.pem", _key.ExportPkcs8PrivateKeyPem());
        Write("owner.pub.pem", _key.ExportSubjectPublicKeyInfoPem());

        Transcript run = await Transcript.RunAsync(
            [
                "manifest",
                "sign",
                Write("manifest.json", Manifest),
                .. options.Select(o => o.EndsWith(".pem", StringComparison.Ordinal) ? _folder.File(o) : o),
            ]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_KeyThatOthersCanRead_IsWarnedOf()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There are no modes of Unix.");
            return;
        }

        string key = Write("owner.pem", _key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Transcript run = await Transcript.RunAsync("manifest", "sign", Write("manifest.json", Manifest), "--key", key);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"warning: other users of this machine can read {key}.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OtherOwnerOlderOrEnded_EndsWith3AndSaysWhy()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string signatures = _folder.File("signatures.json");
        await SignAsync(_key.ExportPkcs8PrivateKeyPem(), "--sequence", "7", "--not-after", "2099-01-01T00:00:00Z", "--out", signatures);

        Transcript outsider = await Transcript.RunAsync(
            "manifest",
            "verify-signature",
            _folder.File("manifest.json"),
            signatures,
            "--owner-key",
            Write("other.pem", other.ExportSubjectPublicKeyInfoPem()));
        Transcript older = await VerifyAsync(signatures, "--minimum-sequence", "8");
        Transcript ended = await VerifyAsync(signatures, "--at", "2099-01-01T00:00:01Z");

        Assert.Equal((3, 3, 3), (outsider.ExitCode, older.ExitCode, ended.ExitCode));
        Assert.StartsWith("Rejected (UnknownKey): ", outsider.Output, StringComparison.Ordinal);
        Assert.StartsWith("Rejected (SequenceTooLow): ", older.Output, StringComparison.Ordinal);
        Assert.StartsWith("Rejected (Expired): ", ended.Output, StringComparison.Ordinal);
    }

    private Task<Transcript> SignAsync(string keyPem, params string[] options) =>
        Transcript.RunAsync(["manifest", "sign", Write("manifest.json", Manifest), "--key", Write("owner.pem", keyPem), .. options]);

    private Task<Transcript> VerifyAsync(string signatures, params string[] options) => Transcript.RunAsync(
        [
            "manifest",
            "verify-signature",
            _folder.File("manifest.json"),
            signatures,
            "--owner-key",
            Write("owner.pub.pem", _key.ExportSubjectPublicKeyInfoPem()),
            .. options,
        ]);

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
