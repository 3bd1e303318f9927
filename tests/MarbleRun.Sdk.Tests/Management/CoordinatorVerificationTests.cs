using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Tests.Management;

public sealed class CoordinatorVerificationTests : IAsyncLifetime
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;
    private FakeClientApi _api = null!;

    public CoordinatorVerificationTests()
    {
        _authority = new TestAuthority(_clock);
        _other = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _api = await FakeClientApi.StartAsync(_authority);

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Verify_GenuineDeployment_GivesAllThatWasVerified()
    {
        VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation(), Token);

        Assert.Equal(_authority.Root.RawData, deployment.Root.RawData);
        Assert.Equal(_authority.Intermediate.RawData, deployment.Intermediate.RawData);
        Assert.Equal(_api.Manifest, deployment.SignedManifest.Content.ToArray());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_api.Manifest)), deployment.Fingerprint);
        Assert.True(deployment.Verdict.IsAccepted);
        Assert.Empty(deployment.Manifest.Packages);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Verify_Twice_UsesFreshNonces()
    {
        await CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation(), Token);
        await CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation(), Token);

        byte[][] nonces = [.. _api.Nonces];
        Assert.All(nonces, n => Assert.Equal(32, n.Length));
        Assert.NotEqual(nonces[0], nonces[1]);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Verify_QuoteOfAnotherSession_IsRefused()
    {
        Quote? recorded = null;
        Func<byte[], Quote> issue = _api.Issue;
        _api.Issue = nonce => recorded ??= issue(nonce);
        await CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation(), Token);

        CoordinatorVerificationException exception = await AssertRefusedAsync(CoordinatorVerificationFailure.QuoteRefused);

        Assert.False(exception.Verdict!.IsAccepted);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Verify_QuoteWithoutTheNonce_IsRefused()
    {
        _api.Issue = _ => FakeQuoteIssuer.Issue(ReportData.ForCertificate(_authority.Root.RawData));

        await AssertRefusedAsync(CoordinatorVerificationFailure.QuoteRefused);
    }

    [Fact]
    public async Task Verify_NoQuote_IsRefused()
    {
        _api.Issue = _ => Quote.FromRaw([]);

        await AssertRefusedAsync(CoordinatorVerificationFailure.QuoteRefused);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Verify_RootSwappedInTheReply_IsRefused()
    {
        _api.Issue = nonce => FakeQuoteIssuer.Issue(ReportData.ForCertificate(_authority.Root.RawData, nonce));
        _api.Certificates[0] = _other.Intermediate;
        _api.Certificates[1] = _other.Root;

        await AssertRefusedAsync(CoordinatorVerificationFailure.QuoteRefused);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Verify_GenuineReplyThroughAnotherTlsServer_IsRefused()
    {
        _api.ServerCertificate = _other.Root;

        CoordinatorVerificationException exception = await AssertRefusedAsync(CoordinatorVerificationFailure.TlsPeerMismatch);

        Assert.True(exception.Verdict!.IsAccepted);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Verify_IntermediateSwapped_IsRefused()
    {
        // The other's intermediate has the same subject; only the signature differs.
        _api.Certificates[0] = _other.Intermediate;
        await AssertRefusedAsync(CoordinatorVerificationFailure.IntermediateUntrusted);

        _api.Certificates[0] = _authority.MarbleRoot;
        await AssertRefusedAsync(CoordinatorVerificationFailure.IntermediateUntrusted);
    }

    [Fact]
    public async Task Verify_ServerChangesAfterTheQuote_IsRefused()
    {
        Func<byte[], Quote> issue = _api.Issue;
        _api.Issue = nonce =>
        {
            _api.ServerCertificate = _other.Root;
            return issue(nonce);
        };

        await AssertRefusedAsync(CoordinatorVerificationFailure.Unreachable);
    }

    [Fact]
    public async Task Verify_ManifestSwapped_IsRefused()
    {
        byte[] signature = _api.Sign(_api.Manifest);
        _api.Sign = _ => signature;
        _api.Manifest = "{\"Packages\":{\"evil\":{}}}"u8.ToArray();

        await AssertRefusedAsync(CoordinatorVerificationFailure.ManifestInvalid);
    }

    [Fact]
    public async Task Verify_FingerprintIsNotTheManifests_IsRefused()
    {
        _api.Fingerprint = new string('0', 64);

        await AssertRefusedAsync(CoordinatorVerificationFailure.ManifestInvalid);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70)]
    [Trait("Security", "G3")]
    public async Task Verify_SignatureGarbage_IsRefused(int length)
    {
        _api.Sign = _ => new byte[length];

        await AssertRefusedAsync(CoordinatorVerificationFailure.ManifestInvalid);
    }

    [Fact]
    public async Task Verify_ManifestOfAnotherDeployment_IsRefusedWithBothFingerprints()
    {
        CoordinatorExpectation expectation = CreateExpectation() with { ExpectedFingerprint = new string('a', 64) };

        CoordinatorVerificationException exception = await AssertRefusedAsync(
            CoordinatorVerificationFailure.UnexpectedManifest, expectation);

        Assert.Contains(expectation.ExpectedFingerprint, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(_api.Manifest)), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ExpectedManifest_IsAcceptedInEitherCase()
    {
        string fingerprint = Convert.ToHexString(SHA256.HashData(_api.Manifest));

        Assert.NotNull(
            await CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation() with { ExpectedFingerprint = fingerprint }, Token));
    }

    [Fact]
    public async Task Verify_NoManifestYet_SaysSoButTheCoordinatorAloneVerifies()
    {
        _api.Overrides["/api/v2/manifest"] = FakeClientApi.Refuse(500, "requested value not set");

        CoordinatorVerificationException exception = await AssertRefusedAsync(CoordinatorVerificationFailure.ManifestUnavailable);
        VerifiedCoordinator coordinator = await CoordinatorClient.VerifyCoordinatorAsync(_api.Address, CreateExpectation(), Token);

        Assert.Contains("requested value not set", exception.Message, StringComparison.Ordinal);
        Assert.Equal(_authority.Root.RawData, coordinator.Root.RawData);
    }

    [Fact]
    [Trait("Security", "G3")]
    public async Task Verify_ReplyTooLong_IsRefused()
    {
        _api.Overrides["/api/v2/quote"] = async context =>
        {
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        };

        CoordinatorVerificationException exception = await AssertRefusedAsync(CoordinatorVerificationFailure.InvalidReply);

        Assert.Contains("longer than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_Redirect_IsNotFollowed()
    {
        bool followed = false;
        _api.Overrides["/api/v2/quote"] = context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        _api.Overrides["/elsewhere"] = _ =>
        {
            followed = true;
            return Task.CompletedTask;
        };

        await AssertRefusedAsync(CoordinatorVerificationFailure.InvalidReply);

        Assert.False(followed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"data\":{\"cert\":1,\"quote\":null}}")]
    [InlineData("{\"data\":{\"cert\":\"x\",\"quote\":null}}")]
    [InlineData("{\"data\":{\"cert\":\"x\",\"cert\":\"y\",\"quote\":null}}")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"data\":{\"cert\":\"\\ud800\",\"quote\":null}}")]
    [InlineData("{\"data\":{\"cert\":\"x\",\"quote\":\"\\ud800\"}}")]
    [InlineData("{\"\\ud800\":1,\"data\":{\"cert\":\"x\",\"\\udfff\":null}}")]
    [Trait("Security", "G3")]
    public async Task Verify_ReplyGarbage_IsRefused(string body)
    {
        _api.Overrides["/api/v2/quote"] = context => context.Response.WriteAsync(body);

        await AssertRefusedAsync(CoordinatorVerificationFailure.InvalidReply);
    }

    [Fact]
    public async Task Verify_NoAnswer_EndsWithTheTimeout()
    {
        using var called = new SemaphoreSlim(0);
        _api.Overrides["/api/v2/quote"] = context =>
        {
            called.Release();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        Task<CoordinatorVerificationException> refused = AssertRefusedAsync(CoordinatorVerificationFailure.Unreachable);
        await called.WaitAsync(Token);
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains("did not answer", (await refused).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_PackageThatAnyoneFits_IsAnArgumentError()
    {
        CoordinatorExpectation anyone = CreateExpectation() with
        {
            ExpectedPackage = new PackageProperties { SignerId = new string('b', 64), ProductId = 3 },
        };

        await Assert.ThrowsAsync<ArgumentException>(() => CoordinatorClient.VerifyAsync(_api.Address, anyone, Token));
        Assert.Empty(_api.Nonces);
    }

    [Fact]
    public async Task Verify_ConfidentialMachine_MustBePinnedToo()
    {
        string code = new('a', 96);
        PackageProperties sgx = new() { UniqueId = new string('a', 64) };
        PackageProperties[] open =
        [
            new() { Tdx = new TdxProperties { Rtmr0 = code } },
            new() { Tdx = new TdxProperties { MrTd = code } },
            new() { Snp = new SnpProperties { Vmpl = 0 } },
            sgx with { Snp = new SnpProperties() },
        ];
        foreach (PackageProperties package in open)
        {
            await Assert.ThrowsAsync<ArgumentException>(
                () => CoordinatorClient.VerifyAsync(_api.Address, CreateExpectation() with { ExpectedPackage = package }, Token));
        }

        PackageProperties[] pinned =
        [
            new() { Tdx = new TdxProperties { MrTd = code, Rtmr1 = code, Rtmr2 = code } },
            sgx with { Snp = new SnpProperties { Measurement = code } },
        ];
        foreach (PackageProperties package in pinned)
        {
            await CoordinatorClient.VerifyCoordinatorAsync(_api.Address, CreateExpectation() with { ExpectedPackage = package }, Token);
        }
    }

    private CoordinatorExpectation CreateExpectation() => new()
    {
        Verifier = new FakeQuoteVerifier(),
        ExpectedPackage = new PackageProperties { UniqueId = new string('a', 64) },
        TimeProvider = _clock,
    };

    private async Task<CoordinatorVerificationException> AssertRefusedAsync(
        CoordinatorVerificationFailure failure, CoordinatorExpectation? expectation = null)
    {
        CoordinatorVerificationException exception = await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => CoordinatorClient.VerifyAsync(_api.Address, expectation ?? CreateExpectation(), Token));
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
