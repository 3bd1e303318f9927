using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Users;

/// <summary>Users whose keys are in SoftHSM.</summary>
public sealed class TokenUserTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--pkcs11-key-label ec --pkcs11-cert-label ec", "ec", SslProtocols.Tls13)]
    [InlineData("--pkcs11-key-id ec-id --pkcs11-cert-id ec-id", "ec", SslProtocols.Tls12)]
    [InlineData("--pkcs11-key-id 0x65632d6964 --pkcs11-cert-label ec --pkcs11-cert-id ec-id", "ec", SslProtocols.Tls13)]
    [InlineData("--pkcs11-key-label big --pkcs11-cert-label big", "big", SslProtocols.Tls13)]
    [InlineData("--pkcs11-key-label rsa --pkcs11-key-id 0x01 --pkcs11-cert-label rsa", "rsa", SslProtocols.Tls13)]
    [InlineData("--pkcs11-key-id 0x01 --pkcs11-cert-id 0x01", "rsa", SslProtocols.Tls12)]
    public async Task Read_KeyInToken_AuthenticatesByTls(string options, string certificate, SslProtocols protocol)
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        X509Certificate2 expected = SoftHsm.Users.Certificates[certificate];

        using X509Certificate2 user = await ReadAsync(options, SoftHsm.Config());

        Assert.True(user.HasPrivateKey);
        Assert.Equal(expected.RawData, user.RawData);
        Assert.Equal(expected.RawData, await ShowAsync(user, protocol));
    }

    [Fact]
    public async Task Read_TokenBySerialOrSlot_IsFound()
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        foreach (string selector in new[] { $"\"TOKENSERIAL\": \"{SoftHsm.Users.Serial}\"", $"\"SlotNumber\": {SoftHsm.Users.Slot}" })
        {
            using X509Certificate2 user = await ReadAsync("--pkcs11-key-label ec --pkcs11-cert-label ec", SoftHsm.Config(selector));

            Assert.True(user.HasPrivateKey);
        }
    }

    [Theory]
    [InlineData("--pkcs11-key-label nothing --pkcs11-cert-label ec", "There is no private key with the label nothing")]
    [InlineData("--pkcs11-key-id 01 --pkcs11-cert-label rsa", "There is no private key with the id 01")]
    [InlineData(
        "--pkcs11-key-label rsa --pkcs11-key-id ec-id --pkcs11-cert-label ec",
        "There is no private key with the id ec-id and the label rsa")]
    [InlineData("--pkcs11-key-label ec --pkcs11-cert-label nothing", "There is no certificate with the label nothing")]
    [InlineData("--pkcs11-key-label twin --pkcs11-cert-label ec", "2 objects in the token")]
    [InlineData("--pkcs11-key-label lonely --pkcs11-cert-label lonely", "there is no public key with the same id")]
    [InlineData("--pkcs11-key-label ec --pkcs11-cert-label twin", "2 objects in the token")]
    [InlineData("--pkcs11-key-label ec --pkcs11-cert-label big", "is not that of the certificate with the label big")]
    [InlineData("--pkcs11-key-label ec --pkcs11-cert-label rsa", "is not that of the certificate with the label rsa")]
    [InlineData("--pkcs11-key-label  --pkcs11-cert-label ec", "The id and the label of the private key are empty.")]
    public async Task Read_ObjectsThatDoNotFit_SaysWhich(string options, string expected)
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        _ = SoftHsm.Users;

        InputException exception = await Assert.ThrowsAsync<InputException>(() => ReadAsync(options, SoftHsm.Config()));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"TokenLabel\": \"other\"", SoftHsm.Pin, "There is no token with the TokenLabel other")]
    [InlineData("\"TokenLabel\": \"pins\"", "wrong-pin-1", "the PIN is wrong")]
    [InlineData("\"TokenLabel\": \"users\", \"SlotNumber\": 1", SoftHsm.Pin, "exactly one of TokenLabel, TokenSerial and SlotNumber")]
    [InlineData("\"TokenLabel\": \"\"", SoftHsm.Pin, "exactly one of TokenLabel, TokenSerial and SlotNumber")]
    [InlineData("\"TokenLabel\": \"users\", \"maxsessions\": 1", SoftHsm.Pin, "MaxSessions must be 0 or at least 2")]
    [InlineData("\"TokenLabel\": 7", SoftHsm.Pin, "TokenLabel is not text")]
    [InlineData("\"TokenLabel\": \"users\",", SoftHsm.Pin, "it is not JSON: line 1")]
    [InlineData("\"TokenLabel\": \"users\", \"path\": \"/nowhere/lib.so\"", SoftHsm.Pin, "can't be loaded")]
    public async Task Read_ConfigurationThatDoesNotFit_SaysWhyWithoutThePin(string selector, string pin, string expected)
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        _ = SoftHsm.Users;

        InputException exception = await Assert.ThrowsAsync<InputException>(
            () => ReadAsync("--pkcs11-key-label ec --pkcs11-cert-label ec", SoftHsm.Config(selector, pin)));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(pin, exception.ToString(), StringComparison.Ordinal);
    }

    private async Task<X509Certificate2> ReadAsync(string options, string config)
    {
        await File.WriteAllTextAsync(_folder.File("pkcs11.json"), config, Cancellation);
        var command = new RootCommand();
        UserOptions.AddTo(command);
        ParseResult arguments = command.Parse(["--pkcs11-config", _folder.File("pkcs11.json"), .. options.Split(' ')]);
        Assert.Empty(arguments.Errors);
        return await UserOptions.ReadAsync(new CommandRun(arguments, Cancellation));
    }

    /// <summary>Shows the certificate to a TLS server, and returns what it saw.</summary>
    private static async Task<byte[]?> ShowAsync(X509Certificate2 user, SslProtocols protocol)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(Cancellation);
        await using var theirs = new SslStream(accepted.GetStream());
        await using var ours = new SslStream(client.GetStream());
        await Task.WhenAll(
            theirs.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = server,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = protocol,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                },
                Cancellation),
            ours.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ClientCertificates = [user],
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => user,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                },
                Cancellation));

        // In TLS 1.3 the server checks the client's signature after the client has finished.
        await theirs.WriteAsync("x"u8.ToArray(), Cancellation);
        Assert.Equal(1, await ours.ReadAsync(new byte[1], Cancellation));
        return theirs.RemoteCertificate?.GetRawCertData();
    }
}
