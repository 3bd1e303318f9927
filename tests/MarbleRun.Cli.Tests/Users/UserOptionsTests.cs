using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Users;

/// <summary>Users in files, and the rules about the options of a user.</summary>
public sealed class UserOptionsTests : IDisposable
{
    private const string Password = "a-password-5";

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _user;

    public UserOptionsTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _user = new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        File.WriteAllText(_folder.File("alice.pem"), _user.ExportCertificatePem());
        File.WriteAllText(_folder.File("alice.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(_folder.File("encrypted.key"), key.ExportEncryptedPkcs8PrivateKeyPem(Password, parameters));
        File.WriteAllBytes(_folder.File("open.p12"), _user.Export(X509ContentType.Pkcs12));
        File.WriteAllBytes(_folder.File("closed.p12"), _user.Export(X509ContentType.Pkcs12, Password));
        using X509Certificate2 alone = X509CertificateLoader.LoadCertificate(_user.RawData);
        File.WriteAllBytes(_folder.File("alone.p12"), alone.Export(X509ContentType.Pkcs12));
        File.WriteAllText(_folder.File("password"), Password + "\r\n");
        File.WriteAllText(_folder.File("wrong"), "wrong-password-6\n");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _user.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--cert alice.pem --key alice.key")]
    [InlineData("-c alice.pem -k encrypted.key --password-file password")]
    [InlineData("--cert open.p12")]
    [InlineData("--cert closed.p12 --password-file password")]
    public async Task Read_Files_GivesCertificateWithItsKey(string options)
    {
        using X509Certificate2 user = await ReadAsync(options);

        Assert.Equal(_user.RawData, user.RawData);
        using ECDsa key = user.GetECDsaPrivateKey()!;
        using ECDsa publicKey = _user.GetECDsaPublicKey()!;
        Assert.True(publicKey.VerifyData("x"u8, key.SignData("x"u8, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
    }

    [Theory]
    [InlineData("-c alice.pem -k encrypted.key", "is encrypted, and there is no terminal to ask for its password")]
    [InlineData("-c alice.pem -k encrypted.key --password-file wrong", "The password must be that of the key")]
    [InlineData("-c closed.p12", "is encrypted, and there is no terminal to ask for its password")]
    [InlineData("-c closed.p12 --password-file wrong", "the password is wrong")]
    [InlineData("-c alone.p12", "has no private key")]
    [InlineData("-c missing.pem -k alice.key", "can't be read")]
    public async Task Read_FilesThatDoNotFit_SaysWhyWithoutThePassword(string options, string expected)
    {
        InputException exception = await Assert.ThrowsAsync<InputException>(() => ReadAsync(options));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password-6", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "at least one of the flags in the group [pkcs11-cert-id pkcs11-cert-label cert] is required")]
    [InlineData("--cert alice.pem", "if any flags in the group [key cert] are set they must all be set; missing [key]")]
    [InlineData("--key alice.key", "if any flags in the group [key cert] are set they must all be set; missing [cert]")]
    [InlineData("--pkcs11-config c", "at least one of the flags in the group [pkcs11-cert-id pkcs11-cert-label cert] is required")]
    [InlineData("--pkcs11-cert-id i", "at least one of the flags in the group [pkcs11-config cert] is required")]
    [InlineData(
        "--pkcs11-config c --pkcs11-cert-label l",
        "at least one of the flags in the group [pkcs11-key-id pkcs11-key-label cert] is required")]
    [InlineData(
        "--pkcs11-config c --cert alice.pem --key alice.key",
        "if any flags in the group [pkcs11-config cert] are set none of the others can be; [cert pkcs11-config] were all set")]
    public async Task Read_OptionsThatDoNotFit_SaysTheReferencesText(string options, string expected)
    {
        InputException exception = await Assert.ThrowsAsync<InputException>(() => ReadAsync(options));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_NoOption_IsNoUser() => Assert.Null(await UserOptions.FindAsync(Run(string.Empty)));

    private async Task<X509Certificate2> ReadAsync(string options)
    {
        CommandEnvironment.Current = new CommandEnvironment
        {
            WorkingDirectory = _folder.Path,
            GetVariable = _ => null,
            OpenInput = () => Stream.Null,
            IsInteractive = false,
        };
        return await UserOptions.ReadAsync(Run(options));
    }

    private static CommandRun Run(string options)
    {
        var command = new RootCommand();
        UserOptions.AddTo(command);
        ParseResult arguments = command.Parse(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(arguments.Errors);
        return new CommandRun(arguments, Cancellation);
    }
}
