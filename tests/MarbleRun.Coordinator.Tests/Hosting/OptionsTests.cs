using MarbleRun.Testing;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

public sealed class OptionsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Start_SeveralWrongOptions_ReportsAllOfThemAtOnce()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => CoordinatorHost.StartAsync(
            _directory,
            settings:
            [
                ("MeshAddress", "nowhere"),
                ("ClientAddress", "host:99999"),
                ("SealDirectory", " "),
                ("MaxRequestBodySize", "1"),
                ("Authority:MarbleCertificateLifetime", "00:00:01"),
            ]));

        Assert.Equal(5, exception.Failures.Count());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("*..x")]
    public async Task Start_NameThatNoCertificateCanHold_IsReportedAsAWrongOption(string name)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => CoordinatorHost.StartAsync(_directory, settings: ("DnsNames", $"localhost, {name}")));

        Assert.Equal($"Coordinator:DnsNames has '{name}', which is neither a DNS name nor an IP address.", Assert.Single(exception.Failures));
    }

    [Theory]
    [InlineData("EcdsaP256", 256)]
    [InlineData("EcdsaP384", 384)]
    public async Task Start_KeyAlgorithm_DecidesTheKeysOfAuthoritiesAndMarbles(string algorithm, int bits)
    {
        await using CoordinatorHost host = await CoordinatorHost.StartAsync(_directory, settings: ("Authority:KeyAlgorithm", algorithm));
        await TestManifest.SetAsync(host);

        Protos.Parameters parameters = await MeshClient.ActivateAsync(host, "web");

        var certificates = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
        certificates.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        certificates.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"].ToStringUtf8());
        Assert.All(certificates, c => Assert.Equal(bits, System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(c)!.KeySize));
    }

    [Fact]
    public async Task Activate_MarbleCertificate_EndsAfterTheConfiguredTime()
    {
        await using CoordinatorHost host = await CoordinatorHost.StartAsync(_directory, settings: ("Authority:MarbleCertificateLifetime", "2.00:00:00"));
        await TestManifest.SetAsync(host);

        Protos.Parameters parameters = await MeshClient.ActivateAsync(host, "web");

        var chain = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
        chain.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        Assert.Equal(TimeSpan.FromDays(2) + TimeSpan.FromMinutes(10), chain[0].NotAfter - chain[0].NotBefore);
    }
}
