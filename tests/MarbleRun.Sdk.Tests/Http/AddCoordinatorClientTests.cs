using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Http;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Http;

/// <summary>Clients of a real Coordinator that an app gets from its services.</summary>
public sealed class AddCoordinatorClientTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _alice = CreateUser();
    private CoordinatorHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CoordinatorExpectation Expected => new()
    {
        ExpectedPackage = _host.Platform.MeasureRunningProcess().ToPackageProperties(),
        Verifier = _host.Platform.CreateVerifier(),
    };

    private byte[] Manifest => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "UniqueID": "{{_host.Platform.MeasureRunningProcess().UniqueId}}" } },
          "Marbles": { "web": { "Package": "app" } },
          "Users": { "alice": { "Certificate": {{JsonText(_alice.ExportCertificatePem())}}, "Roles": [ "manager" ] } },
          "Roles": { "manager": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] } }
        }
        """);

    public async ValueTask InitializeAsync() => _host = await CoordinatorHost.StartAsync(_directory);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
        _alice.Dispose();
    }

    [Fact]
    public async Task Call_First_VerifiesTheCoordinatorAndFurtherCallsDoNot()
    {
        var verifier = new CountingVerifier(_host.Platform.CreateVerifier());
        await using ServiceProvider services = Build(s => s.AddCoordinatorClient(o => Set(o, Expected with { Verifier = verifier })));

        CoordinatorStatus[] statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => services.GetRequiredService<ICoordinatorClient>().GetStatusAsync(Token)));

        Assert.All(statuses, s => Assert.Equal(CoordinatorPhase.AcceptingManifest, s.Phase));
        Assert.Equal(1, verifier.Count);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Call_OtherCode_ThrowsEachTimeAndSendsNothing()
    {
        PackageProperties other = Expected.ExpectedPackage with { UniqueId = new string('a', 64) };
        await using ServiceProvider services = Build(s => s.AddCoordinatorClient(o => Set(o, Expected with { ExpectedPackage = other })));
        ICoordinatorClient client = services.GetRequiredService<ICoordinatorClient>();

        for (int i = 0; i < 2; i++)
        {
            CoordinatorVerificationException refusal = await Assert.ThrowsAsync<CoordinatorVerificationException>(
                () => client.SetManifestAsync(Manifest, cancellationToken: Token));
            Assert.Equal(CoordinatorVerificationFailure.QuoteRefused, refusal.Failure);
        }

        Assert.DoesNotContain(_host.Logs.Entries, e => e.Contains("/api/v2/manifest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_ExpectedFingerprint_IsCompared()
    {
        await using ServiceProvider services = Build(s =>
        {
            s.AddCoordinatorClient(o => Set(o, Expected));
            s.AddCoordinatorClient("pinned", o => Set(o, Expected with { ExpectedFingerprint = new string('0', 64) }));
        });
        await services.GetRequiredService<ICoordinatorClient>().SetManifestAsync(Manifest, cancellationToken: Token);

        CoordinatorVerificationException refusal = await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => services.GetRequiredKeyedService<ICoordinatorClient>("pinned").GetStatusAsync(Token));

        Assert.Equal(CoordinatorVerificationFailure.UnexpectedManifest, refusal.Failure);
    }

    [Fact]
    public async Task Call_NamedClientOfAUser_ActsAsThatUserAndTheOtherDoesNot()
    {
        await using ServiceProvider services = Build(s =>
        {
            s.AddCoordinatorClient(o => Set(o, Expected));
            s.AddCoordinatorClient("alice", o =>
            {
                Set(o, Expected);
                o.User = _alice;
            });
        });
        ICoordinatorClient unknown = services.GetRequiredService<ICoordinatorClient>();
        ICoordinatorClient alice = services.GetRequiredKeyedService<ICoordinatorClient>("alice");
        await unknown.SetManifestAsync(Manifest, cancellationToken: Token);

        UpdatePreview preview = await alice.PreviewUpdateAsync(Manifest, Token);
        CoordinatorException refusal = await Assert.ThrowsAsync<CoordinatorException>(() => unknown.PreviewUpdateAsync(Manifest, Token));

        Assert.Empty(preview.Changes);
        Assert.Equal(CoordinatorErrorCode.Unauthorized, refusal.ErrorCode);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task CreateClient_BeforeTheVerification_Fails()
    {
        await using ServiceProvider services = Build(s => s.AddCoordinatorClient(o => Set(o, Expected)));

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => services.GetRequiredService<IHttpClientFactory>().CreateClient("MarbleRun.Coordinator"));

        Assert.Contains("not verified yet", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere", true, "no valid address: 'nowhere'")]
    [InlineData("localhost:4433", false, "set Expectation")]
    public async Task Start_OptionsInvalid_FailsWithTheReason(string address, bool expects, string reason)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddCoordinatorClient("mesh", o =>
        {
            o.Address = address;
            o.Expectation = expects ? Expected : null;
        });
        using IHost host = builder.Build();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));

        Assert.Contains("The Coordinator client 'mesh'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fake_InTheServices_ReplacesTheClient()
    {
        await using ServiceProvider services = Build(s =>
        {
            s.AddCoordinatorClient(o => o.Address = "localhost:1");
            s.AddSingleton<ICoordinatorClient>(new FakeClient());
        });

        Assert.Equal(
            new CoordinatorStatus(CoordinatorPhase.Recovery, "fake"),
            await services.GetRequiredService<ICoordinatorClient>().GetStatusAsync(Token));
        Assert.Equal(
            "bob", Assert.Single((await services.GetRequiredService<ICoordinatorClient>().GetPendingUpdateAsync(Token))!.MissingUsers));
    }

    private static ServiceProvider Build(Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection();
        configure(services);
        return services.BuildServiceProvider();
    }

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static X509Certificate2 CreateUser()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private void Set(CoordinatorClientOptions options, CoordinatorExpectation expectation)
    {
        options.Address = $"{_host.Client}";
        options.Expectation = expectation;
    }

    private sealed class CountingVerifier(IQuoteVerifier inner) : IQuoteVerifier
    {
        private int _count;

        public int Count => _count;

        public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _count);
            return inner.VerifyAsync(quote, expectation, cancellationToken);
        }
    }
}
