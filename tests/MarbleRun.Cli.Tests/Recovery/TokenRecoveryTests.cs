using System.CommandLine;
using System.Security.Cryptography;
using MarbleRun.Cli.Tests.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Recovery;

/// <summary>Recovery keys in SoftHSM.</summary>
public sealed class TokenRecoveryTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--pkcs11-key-label rsa")]
    [InlineData("--pkcs11-key-id 0x01")]
    public async Task SignAndDecrypt_RsaKeyInToken_AreThoseOfTheKey(string options)
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        byte[] secret = RandomNumberGenerator.GetBytes(33);
        using var key = RSA.Create();
        key.ImportFromPem(SoftHsm.Users.RecoveryKey);
        await WriteAsync("secret", key.Encrypt(secret, RSAEncryptionPadding.OaepSHA256));

        Assert.Equal((0, string.Empty), await RunAsync($"recover-with-signature sign-secret secret -o signature {options}"));
        Assert.Equal((0, string.Empty), await RunAsync($"recovery decrypt secret -o plain {options}"));

        Assert.Equal(secret, await File.ReadAllBytesAsync(_folder.File("plain"), Cancellation));
        Assert.True(key.VerifyData(
            secret,
            await File.ReadAllBytesAsync(_folder.File("signature"), Cancellation),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public async Task Decrypt_SecretOfAnotherKey_IsRefused()
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        using var other = RSA.Create(2048);
        _ = SoftHsm.Users;
        await WriteAsync("secret", other.Encrypt(new byte[32], RSAEncryptionPadding.OaepSHA256));

        (int exitCode, string error) = await RunAsync("recovery decrypt secret -o plain --pkcs11-key-label rsa");

        Assert.Equal(2, exitCode);
        Assert.Contains("it was encrypted for another key, or is damaged", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("plain")));
    }

    [Fact]
    public async Task Decrypt_SecretBeyondTheModulus_IsRefused()
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        _ = SoftHsm.Users;
        await WriteAsync("secret", [.. Enumerable.Repeat((byte)0xFF, 256)]);

        (int exitCode, string error) = await RunAsync("recovery decrypt secret -o plain --pkcs11-key-label rsa");

        Assert.Equal(2, exitCode);
        Assert.Contains("it was encrypted for another key, or is damaged", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pkcs11-key-label ec", "loaded private key does not support decryption")]
    [InlineData("--pkcs11-key-label none", "There is no private key with the label none")]
    public async Task Sign_KeyThatDoesNotFit_SaysWhyWithoutThePin(string options, string expected)
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        _ = SoftHsm.Users;
        await WriteAsync("secret", new byte[32]);

        (int exitCode, string error) = await RunAsync($"recover-with-signature sign-secret secret -o signature {options}");

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain(SoftHsm.Pin, error, StringComparison.Ordinal);
    }

    private Task WriteAsync(string name, byte[] content) => File.WriteAllBytesAsync(_folder.File(name), content, Cancellation);

    private async Task<(int ExitCode, string Error)> RunAsync(string command)
    {
        await File.WriteAllTextAsync(_folder.File("pkcs11.json"), SoftHsm.Config(), Cancellation);
        CommandEnvironment.Current = new CommandEnvironment
        {
            WorkingDirectory = _folder.Path,
            GetVariable = _ => null,
            OpenInput = () => Stream.Null,
            IsInteractive = false,
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await CommandLine.RunAsync(
            [.. command.Split(' '), "--pkcs11-config", "pkcs11.json"], new InvocationConfiguration { Output = output, Error = error });
        Assert.Empty(output.ToString());
        return (exitCode, error.ToString());
    }
}
