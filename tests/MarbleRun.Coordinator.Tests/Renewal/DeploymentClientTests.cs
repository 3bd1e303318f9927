using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;
using MarbleRun.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>Clients of a verified deployment over updates of its manifest.</summary>
public sealed class DeploymentClientTests : IAsyncLifetime
{
    private static readonly DeploymentClientOptions s_accepting = new() { ManifestChange = ManifestChangePolicy.Accept };

    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private GovernedMesh _mesh = null!;
    private VerifiedDeployment _deployment = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _mesh = await GovernedMesh.StartAsync(configure: services => services.AddSingleton<TimeProvider>(_clock));
        _deployment = await VerifyAsync();
    }

    public async ValueTask DisposeAsync() => await _mesh.DisposeAsync();

    [Theory]
    [InlineData(ManifestChangePolicy.Accept, false, true)]
    [InlineData(ManifestChangePolicy.Ask, true, true)]
    [InlineData(ManifestChangePolicy.Ask, false, false)]
    [InlineData(ManifestChangePolicy.Refuse, true, false)]
    [Trait("Security", "C1")]
    public async Task Get_MarbleUnderAnotherManifest_IsAnsweredAsThePolicySays(ManifestChangePolicy policy, bool agrees, bool isAnswered)
    {
        var changes = new List<string>();
        using HttpClient client = _deployment.CreateHttpClient(new DeploymentClientOptions
        {
            ManifestChange = policy,
            AcceptsChange = (before, after, _) =>
            {
                Assert.NotEqual(before.Fingerprint, after.Fingerprint);
                return ValueTask.FromResult(agrees);
            },
            Changed = (_, after) => changes.Add(after.Fingerprint),
        });
        await _mesh.UpdateAsync(m => m["Config"]!["TrustDomain"] = "next.example");
        await using WebApplication marble = await StartMarbleAsync();

        Task<string> call = client.GetStringAsync(AddressOf(marble), Cancellation);

        if (isAnswered)
        {
            Assert.Equal("hello", await call);
            Assert.Equal([_mesh.State.Manifest!.Fingerprint], changes);
        }
        else
        {
            HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => call);
            Assert.Contains("has another manifest now", refused.Message, StringComparison.Ordinal);
            Assert.Empty(changes);
        }
    }

    [Fact]
    public async Task Get_MarbleUnderTheSameManifestSetAgain_IsAnsweredByEveryPolicy()
    {
        using HttpClient client = _deployment.CreateHttpClient();
        await _mesh.UpdateAsync(_mesh.Manifest());
        await using WebApplication marble = await StartMarbleAsync();

        Assert.Equal("hello", await client.GetStringAsync(AddressOf(marble), Cancellation));
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Get_MarbleOfBeforeTheUpdate_IsAnsweredInTheOverlapOnly()
    {
        await using WebApplication old = await StartMarbleAsync();
        await _mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "1h");
        VerifiedDeployment updated = await VerifyAsync();

        using (HttpClient during = updated.CreateHttpClient())
        {
            Assert.Equal("hello", await during.GetStringAsync(AddressOf(old), Cancellation));
        }

        _clock.Advance(TimeSpan.FromHours(1.1));
        using HttpClient after = updated.CreateHttpClient();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => after.GetStringAsync(AddressOf(old), Cancellation));
        Assert.Contains("not accepted", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Get_MarbleOfAnEarlierAuthority_IsRefusedAfterOneVerification()
    {
        await using WebApplication old = await StartMarbleAsync();
        await _mesh.UpdateAsync(_mesh.Manifest());
        VerifiedDeployment updated = await VerifyAsync();
        using HttpClient client = updated.CreateHttpClient(s_accepting);

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(AddressOf(old), Cancellation));

        Assert.Contains("does not accept that certificate either", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Get_CoordinatorThatIsAway_IsRefused()
    {
        using HttpClient client = _deployment.CreateHttpClient(s_accepting);
        await _mesh.UpdateAsync(m => m["Config"]!["TrustDomain"] = "next.example");
        await using WebApplication marble = await StartMarbleAsync();
        await _mesh.StopAsync();

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(AddressOf(marble), Cancellation));

        Assert.Contains("cannot be verified again", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(1.1, false)]
    [Trait("Security", "D4")]
    public async Task Get_ShutOutMarbleThatStaysAtItsAddress_IsRefusedWhenTheVerificationIsTooOld(double hours, bool isAnswered)
    {
        await using WebApplication old = await StartMarbleAsync();
        using HttpClient client = _deployment.CreateHttpClient(s_accepting);
        await client.GetStringAsync(AddressOf(old), Cancellation);
        await _mesh.UpdateAsync(_mesh.Manifest());
        _clock.Advance(TimeSpan.FromHours(hours));
        using HttpClient another = _deployment.CreateHttpClient(s_accepting);

        Task<string> call = another.GetStringAsync(AddressOf(old), Cancellation);

        if (isAnswered)
        {
            Assert.Equal("hello", await call);
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => call);
        }
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Get_CoordinatorAwayForLongerThanTheVerificationMayBeOld_IsRefused()
    {
        await using WebApplication marble = await StartMarbleAsync();
        using HttpClient client = _deployment.CreateHttpClient();
        await client.GetStringAsync(AddressOf(marble), Cancellation);
        await _mesh.StopAsync();
        _clock.Advance(TimeSpan.FromHours(1.1));

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(AddressOf(marble), Cancellation));

        Assert.Contains("verification of the deployment is too old", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Get_CoordinatorWhoseStateWasSetBack_IsRefused()
    {
        string sealedState = _mesh.Folder.File("seal/sealed_data");
        byte[] before = await File.ReadAllBytesAsync(sealedState, Cancellation);
        await _mesh.UpdateAsync(_mesh.Manifest());
        VerifiedDeployment updated = await VerifyAsync();
        await using WebApplication marble = await StartMarbleAsync();
        using HttpClient client = updated.CreateHttpClient(s_accepting);
        await client.GetStringAsync(AddressOf(marble), Cancellation);

        string address = $"{_mesh.Host.Client}";
        await _mesh.StopAsync();
        await File.WriteAllBytesAsync(sealedState, before, Cancellation);
        await _mesh.StartHostAsync(services => services.AddSingleton<TimeProvider>(_clock), ("ClientAddress", address));
        _clock.Advance(TimeSpan.FromHours(1.1));

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(AddressOf(marble), Cancellation));
        Assert.Contains("shows an older trust list than before", refused.Message, StringComparison.Ordinal);
    }

    private static Uri AddressOf(WebApplication marble) =>
        new(marble.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

    private Task<VerifiedDeployment> VerifyAsync() => CoordinatorClient.VerifyAsync(
        $"{_mesh.Host.Client}",
        new CoordinatorExpectation
        {
            ExpectedPackage = _mesh.Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            Verifier = _mesh.Host.Platform.CreateVerifier(),
            TimeProvider = _clock,
        },
        Cancellation);

    /// <summary>A server with the identity that an activation gives now.</summary>
    private async Task<WebApplication> StartMarbleAsync()
    {
        Parameters parameters = await MeshClient.ActivateAsync(_mesh.Host, "web");
        string chain = parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8();
        using var leaf = X509Certificate2.CreateFromPem(chain, parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        var all = new X509Certificate2Collection();
        all.ImportFromPem(chain);
        var context = SslStreamCertificateContext.Create(
            X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null), [all[1]], offline: true);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(
            (_, _, _, _) => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context }),
            state: null!)));
        WebApplication app = builder.Build();
        app.Run(http => http.Response.WriteAsync("hello"));
        await app.StartAsync(Cancellation);
        return app;
    }
}
