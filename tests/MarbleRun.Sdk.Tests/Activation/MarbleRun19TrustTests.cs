using MarbleRun.Activation;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>
/// A Coordinator of MarbleRun 1.9 has no way to prove itself at the mesh port: its client port must do, where what is measured allows that.
/// </summary>
public sealed class MarbleRun19TrustTests : AttestedTrustFixture
{
    [Fact]
    [Trait("Security", "C3")]
    public async Task Activate_DowngradeThatIsNotMeasured_IsRefusedWithTheWay()
    {
        await using FakeClientApi api = await StartClientApiAsync();

        MarbleActivationException exception = await AssertRefusedAsync(
            "it pretends to be one", o => o.CoordinatorClientAddress = api.Address);

        Assert.Contains("AllowMarbleRun19", exception.Message, StringComparison.Ordinal);
        Assert.Empty(api.Nonces);
    }

    [Fact]
    public async Task Activate_MarbleRun19ThatProvesItself_IsObeyed()
    {
        await using FakeClientApi api = await StartClientApiAsync();

        MarbleActivation activation = await ObeyAsync(o => Allow(o, api));

        Assert.Equal(Authority.Root.RawData, activation.Identity.CoordinatorRoot.RawData);
        Assert.Single(api.Nonces);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_MeshPortOfAnotherKey_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        using var relay = new TestAuthority(Clock);
        Coordinator.ServerCertificate = relay.MarbleRoot;

        await AssertRefusedAsync("the key of this connection's server is not the key of its certificates", o => Allow(o, api));
    }

    /// <summary>
    /// The same root, but the key of another generation of its manifest: what binds the two ports is the intermediate certificate that the
    /// client port gave.
    /// </summary>
    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_MeshPortOfAnotherIntermediateOfTheSameRoot_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        using TestAuthority updated = Authority.Update();
        Coordinator.ServerCertificate = updated.MarbleRoot;

        await AssertRefusedAsync("the key of this connection's server is not the key of its certificates", o => Allow(o, api));
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_IntermediateThatTheAttestedRootDidNotSign_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        using var other = new TestAuthority(Clock);
        api.Certificates[0] = other.Intermediate;
        Coordinator.ServerCertificate = other.MarbleRoot;

        await AssertRefusedAsync("does not belong to the root", o => Allow(o, api));
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_ClientPortOfAnotherServerThanTheAttestedRoot_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        using var relay = new TestAuthority(Clock);
        api.ServerCertificate = relay.Root;

        await AssertRefusedAsync("passed on a genuine quote", o => Allow(o, api));
    }

    /// <summary>
    /// What remains: the manifest is the root's word at another connection than the quote, and so may be another copy's of the same state.
    /// </summary>
    [Fact]
    public async Task Activate_ManifestThatTheSameRootSignedBefore_IsTakenIfTheOwnerSignedIt()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        byte[] signature = Authority.SignManifest(Manifest);
        api.Sign = _ => signature;

        MarbleActivation activation = await ObeyAsync(o => Allow(o, api));

        Assert.Equal(Authority.Root.RawData, activation.Identity.CoordinatorRoot.RawData);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Activate_QuoteOfTheSessionBefore_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        Quote? recorded = null;
        Func<byte[], Quote> issue = api.Issue;
        api.Issue = nonce => recorded ??= issue(nonce);
        await ObeyAsync(o => Allow(o, api));
        Coordinator.Calls.Clear();
        Target.Taken.Clear();

        await AssertRefusedAsync("The quote of the Coordinator", o => Allow(o, api));
    }

    [Fact]
    public async Task Activate_ManifestThatNoOwnerSigned_IsRefused()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        api.Manifest = "{\"Packages\":{},\"Marbles\":{}}"u8.ToArray();

        await AssertRefusedAsync("is for the manifest", o => Allow(o, api));
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Activate_HostForbidsMarbleRun19_IsHeeded()
    {
        await using FakeClientApi api = await StartClientApiAsync();

        await AssertRefusedAsync("it pretends to be one", o =>
        {
            Allow(o, api);
            o.CoordinatorRequirements.ForbidMarbleRun19 = true;
        });
    }

    [Fact]
    public async Task Activate_ClientAddressIsMissing_SaysSo()
    {
        await AssertRefusedAsync("Marble:CoordinatorClientAddress", o => o.CoordinatorTrust = Trust.WithMarbleRun19());
    }

    [Fact]
    public async Task Activate_SourceOfCollateralThatIsDownAtFirst_IsAskedAgain()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(tee => Platform.CreateCollateral(tee));
        int asked = 0;
        pccs.Server.Override = context =>
        {
            bool isDown = Interlocked.Increment(ref asked) <= 4;
            if (isDown)
            {
                context.Abort();
            }

            return Task.FromResult(isDown);
        };
        MarbleOptions options = CreateOptions();
        Allow(options, api);
        options.CoordinatorTrust = CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner)]).WithMarbleRun19();
        options.Collateral.PccsUrl = pccs.Address.AbsoluteUri;

        Task<MarbleActivation> activation = MarbleActivator.ActivateAsync(
            Activator(options, Target, new HardwareRoots(Platform.TrustAnchor, SnpTrustAnchor.Amd)), Token);
        Task<TimeSpan> wait = Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Same(wait, await Task.WhenAny(wait, activation));
        Clock.Advance(await wait);

        Assert.Equal(MarbleType, (await activation).Identity.MarbleType);
        Assert.Equal(2, api.Nonces.Count);
    }

    [Fact]
    public async Task Activate_CoordinatorThatAttestsItself_IsNotAskedInTheOldWay()
    {
        await using FakeClientApi api = await StartClientApiAsync();
        Coordinator.Attestation = Genuine;

        await ObeyAsync(o => Allow(o, api));

        Assert.Empty(api.Nonces);
    }

    private async Task<FakeClientApi> StartClientApiAsync()
    {
        FakeClientApi api = await FakeClientApi.StartAsync(Authority);
        api.Manifest = Manifest;
        IQuoteIssuer issuer = Platform.CreateIssuer(Code);
        api.Issue = nonce =>
            issuer.IssueAsync(ReportData.ForCertificate(Authority.Root.RawData, nonce), Token).AsTask().GetAwaiter().GetResult();
        return api;
    }

    private void Allow(MarbleOptions options, FakeClientApi api)
    {
        string file = Path.Combine(Folder, "signatures.json");
        File.WriteAllBytes(file, Sign(Owner));
        options.CoordinatorTrust = Trust.WithMarbleRun19();
        options.CoordinatorClientAddress = api.Address;
        options.OwnerSignatureFile = file;
    }
}
