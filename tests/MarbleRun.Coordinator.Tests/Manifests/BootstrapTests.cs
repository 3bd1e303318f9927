using System.Net;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Who may set the first manifest, where the operator named somebody.</summary>
[Trait("Security", "E1")]
public sealed class BootstrapTests : CoordinatorTest
{
    private const string Refused =
        "unauthorized user: client certificate did not match the bootstrap user, who alone may set the first manifest "
        + "(Coordinator:Bootstrap)";

    private readonly UserClient _owner = new("owner");
    private readonly UserClient _other = new("other");

    public override ValueTask DisposeAsync()
    {
        _owner.Dispose();
        _other.Dispose();
        return base.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Set_WithABootstrapUser_IsTakenFromThatUserAlone(bool byPath)
    {
        await File.WriteAllTextAsync(Folder.File("owner.pem"), _owner.Certificate.ExportCertificatePem(), Cancellation);
        string fingerprint = string.Join(':', Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(_owner.Certificate.RawData))
            .Chunk(2)
            .Select(c => new string(c)));
        CoordinatorHost host = await StartAsync(settings: byPath
                ? ("Bootstrap:CertificatePath", Folder.File("owner.pem"))
                : ("Bootstrap:CertificateFingerprint", fingerprint));
        string manifest = System.Text.Encoding.UTF8.GetString(TestManifest.Create(host));
        using HttpClient unauthenticated = host.CreateClient();

        using (HttpResponseMessage anonymous = await unauthenticated.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(manifest), Cancellation))
        {
            Assert.Equal((HttpStatusCode.Unauthorized, $"{{\"status\":\"error\",\"data\":null,\"message\":\"{Refused}\"}}\n"),
                (anonymous.StatusCode, await anonymous.Content.ReadAsStringAsync(Cancellation)));
        }

        // It is refused before the body is read: this one is not a manifest.
        (HttpStatusCode status, _, string body) = await _other.SendAsync(host, HttpMethod.Post, "/api/v2/manifest", "{");
        Assert.Equal((HttpStatusCode.Unauthorized, $"{{\"status\":\"fail\",\"data\":null,\"message\":\"{Refused}\"}}\n"), (status, body));
        Assert.Null(host.Services.GetRequiredService<CurrentState>().Value.Manifest);

        (status, _, body) = await _owner.SendAsync(host, HttpMethod.Post, "/api/v2/manifest", GovernedMesh.V2(manifest));
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.NotNull(host.Services.GetRequiredService<CurrentState>().Value.Manifest);
    }

    [Fact]
    public async Task Set_WithABootstrapManifest_IsTakenFromAnybodyIfItIsThatOne()
    {
        CoordinatorHost probe = await StartAsync();
        byte[] manifest = TestManifest.Create(probe);
        await probe.DisposeAsync();
        CoordinatorHost host = await StartAsync(
            settings: ("Bootstrap:ManifestFingerprint", Manifest.ComputeFingerprint(manifest).ToUpperInvariant()));
        using HttpClient client = host.CreateClient();

        using (HttpResponseMessage other = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent([.. manifest, (byte)' ']), Cancellation))
        {
            Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
            Assert.Contains(
                "but Coordinator:Bootstrap:ManifestFingerprint lets set ",
                await other.Content.ReadAsStringAsync(Cancellation),
                StringComparison.Ordinal);
        }

        using HttpResponseMessage named = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(manifest), Cancellation);
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
    }

    [Fact]
    public async Task Start_StartupManifestThatIsNotTheBootstrapManifest_IsRefused()
    {
        await File.WriteAllTextAsync(Folder.File("manifest.json"), "{}", Cancellation);

        MarbleRunException refused = await Assert.ThrowsAnyAsync<MarbleRunException>(() => StartAsync(
            settings: [("Bootstrap:ManifestFingerprint", new string('a', 64)), ("StartupManifest", Folder.File("manifest.json"))]));

        Assert.Contains("Coordinator:Bootstrap:ManifestFingerprint lets set aaaa", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "Bootstrap:CertificateFingerprint",
        "abc",
        "Coordinator:Bootstrap:CertificateFingerprint must be SHA-256 as 64 hexadecimal digits.")]
    [InlineData(
        "Bootstrap:ManifestFingerprint", "zz", "Coordinator:Bootstrap:ManifestFingerprint must be SHA-256 as 64 hexadecimal digits.")]
    [InlineData(
        "Bootstrap:CertificatePath",
        "/nowhere.pem",
        "Coordinator:Bootstrap:CertificatePath is '/nowhere.pem', which is not a file that exists.")]
    [InlineData("CounterBytesPerType", "4095", "Coordinator:CounterBytesPerType must be from 4096 to 16777216 bytes.")]
    public async Task Start_OptionThatIsWrong_SaysSo(string member, string value, string fault)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: (member, value)));

        Assert.Equal(fault, Assert.Single(exception.Failures));
    }

    [Fact]
    public async Task Start_StartupManifestBesideABootstrapUser_IsRefused()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(
            settings: [("Bootstrap:CertificateFingerprint", new string('a', 64)), ("StartupManifest", "manifest.json")]));

        Assert.StartsWith(
            "Coordinator:StartupManifest bypasses the user that Coordinator:Bootstrap names",
            Assert.Single(exception.Failures),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BootstrapCertificateThatIsInvalid_FailsWithAMessage()
    {
        await File.WriteAllTextAsync(Folder.File("owner.pem"), "no certificate", Cancellation);

        MarbleRunException exception = await Assert.ThrowsAnyAsync<MarbleRunException>(
            () => StartAsync(settings: ("Bootstrap:CertificatePath", Folder.File("owner.pem"))));

        Assert.Contains("is not a PEM file with a certificate", exception.Message, StringComparison.Ordinal);
    }
}
