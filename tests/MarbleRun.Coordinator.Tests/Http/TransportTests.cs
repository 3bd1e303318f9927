using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What the client port agrees on with OpenSSL, which offers one thing at a time.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private CoordinatorHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CoordinatorHost.StartAsync(_directory);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [Trait("Security", "C10")]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    [InlineData("X25519")]
    public async Task Handshake_AnyGroup_IsAccepted(string group) => Assert.True(await ConnectsAsync(_host, "-tls1_3", "-groups", group));

    /// <summary>In TLS 1.2 the groups that a client offers are also the curves of the certificates that it takes.</summary>
    [Theory]
    [InlineData("EcdsaP256", "P-256", true)]
    [InlineData("EcdsaP256", "P-384", false)]
    [InlineData("EcdsaP256", "P-256:P-521", true)]
    [InlineData("EcdsaP384", "P-384", true)]
    public async Task Handshake_GroupsOfTls12_MustHoldTheCurveOfTheCertificate(string algorithm, string groups, bool accepted)
    {
        using var directory = new TemporaryDirectory();
        await using CoordinatorHost host = await CoordinatorHost.StartAsync(directory, settings: ("Authority:KeyAlgorithm", algorithm));

        Assert.Equal(accepted, await ConnectsAsync(host, "-tls1_2", "-groups", groups));
    }

    [Theory]
    [Trait("Security", "C10")]
    [InlineData("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256", true)]
    [InlineData("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", true)]
    [InlineData("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", false)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", true)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", true)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", false)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA", false)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", false)]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384", false)]
    public async Task Handshake_CipherSuite_IsAcceptedIfItIsAesWithGcm(string version, string option, string suite, bool accepted)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system chooses the cipher suites.");

        Assert.Equal(accepted, await ConnectsAsync(_host, version, option, suite));
    }

    /// <summary>A server that refuses what is offered sends no certificate.</summary>
    private static async Task<bool> ConnectsAsync(CoordinatorHost host, params string[] offer)
    {
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync(
            "openssl", ["s_client", "-connect", $"{host.Client}", .. offer], TestContext.Current.CancellationToken);
        Assert.SkipWhen(result is null, "The openssl command is not installed; .ci/tools installs it.");
        bool connects = result!.Value.Output.Contains("CN = MarbleRun Coordinator", StringComparison.Ordinal);
        Assert.True(connects || result.Value.Output.Contains("handshake failure", StringComparison.Ordinal), result.Value.Output);
        return connects;
    }
}
