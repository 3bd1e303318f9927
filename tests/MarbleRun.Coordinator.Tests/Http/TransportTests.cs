using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What the client port agrees on with OpenSSL, which offers one thing at a time.</summary>
public sealed class TransportTests : RunningCoordinatorTest
{
    [Theory]
    [Trait("Security", "C10")]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    [InlineData("X25519")]
    [Case("client-api", "X25519 alone is accepted, unlike the reference")]
    [Case("client-api", "P-256, P-384 and P-521 are accepted")]
    [Case("client-api", "A client without certificate connects")]
    public async Task Handshake_AnyGroup_IsAccepted(string group) => Assert.True(await ConnectsAsync(Host, "-tls1_3", "-groups", group));

    /// <summary>In TLS 1.2 the groups that a client offers are also the curves of the certificates that it takes.</summary>
    [Theory]
    [InlineData("EcdsaP256", "P-256", true)]
    [InlineData("EcdsaP256", "P-384", false)]
    [InlineData("EcdsaP256", "P-256:P-521", true)]
    [InlineData("EcdsaP384", "P-384", true)]
    [Case("client-api", "TLS 1.2 with one curve alone: it must be the certificate's")]
    public async Task Handshake_GroupsOfTls12_MustHoldTheCurveOfTheCertificate(string algorithm, string groups, bool accepted)
    {
        await using var machine = new CoordinatorMachine();
        CoordinatorHost host = await machine.StartHostAsync(settings: ("Authority:KeyAlgorithm", algorithm));

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
    [Case("client-api", "ChaCha20 alone is refused")]
    [Case("client-api", "CBC alone is refused")]
    public async Task Handshake_CipherSuite_IsAcceptedIfItIsAesWithGcm(string version, string option, string suite, bool accepted)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system chooses the cipher suites.");

        Assert.Equal(accepted, await ConnectsAsync(Host, version, option, suite));
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
