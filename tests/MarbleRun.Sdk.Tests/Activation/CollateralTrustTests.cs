using MarbleRun.Activation;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>
/// A Marble judges a Coordinator on hardware with the collateral of the sources that <c>Marble:Collateral</c> names. The platform is that
/// of a simulation, whose root stands here in the place of Intel's; all the rest is as on hardware.
/// </summary>
public sealed class CollateralTrustTests : AttestedTrustFixture
{
    private static readonly DcapCollateralRequest s_family = new(TeeType.Sgx, "4D4252000000", "platform");

    private CoordinatorTrust HardwareTrust => CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner)]);

    [Fact]
    public async Task Activate_CollateralOfAPccs_IsObeyed()
    {
        await using SimulationPccs pccs = await StartPccsAsync();

        MarbleActivation activation = await StartAsync(o => o.PccsUrl = Text(pccs));

        Assert.Equal(Authority.Root.RawData, activation.Identity.CoordinatorRoot.RawData);
        Assert.Equal(4, pccs.Server.Requests.Count);
        Assert.Contains("/sgx/certification/v4/tcb?fmspc=4D4252000000", pccs.Server.Requests);
    }

    [Fact]
    public async Task Activate_RootThatIsNotTheVendors_IsRefusedAndNoPccsIsAsked()
    {
        await using SimulationPccs pccs = await StartPccsAsync();
        Coordinator.Attestation = Genuine;

        await AssertRefusedAsync("its evidence was refused", o =>
        {
            o.CoordinatorTrust = HardwareTrust;
            o.Collateral.PccsUrl = Text(pccs);
        });

        Assert.Empty(pccs.Server.Requests);
    }

    [Fact]
    public async Task Activate_PccsThatIsDownAtFirst_IsAskedAgainUntilItAnswers()
    {
        await using SimulationPccs pccs = await StartPccsAsync();
        int asked = 0;
        pccs.Server.Override = context =>
        {
            bool isDown = Interlocked.Increment(ref asked) <= 8;
            if (isDown)
            {
                context.Abort();
            }

            return Task.FromResult(isDown);
        };

        Task<MarbleActivation> activation = StartAsync(o => o.PccsUrl = Text(pccs));
        await WaitAsync(activation, times: 2);

        Assert.Equal(MarbleType, (await activation).Identity.MarbleType);
        Assert.All(Waits(2), wait => Assert.Contains(Text(pccs), wait, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Activate_PccsThatStaysDown_FailsAtTheTimeoutAndNamesItsAddress()
    {
        SimulationPccs pccs = await StartPccsAsync();
        string address = Text(pccs);
        await pccs.DisposeAsync();

        Task<MarbleActivation> activation = StartAsync(o => o.PccsUrl = address);
        MarbleActivationException exception = await FailAtTheTimeoutAsync(activation);

        Assert.Contains(address, exception.Message, StringComparison.Ordinal);
        Assert.Contains("can't be reached", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Check the collateral sources in Marble:Collateral.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_CollateralOfAFolder_IsObeyed()
    {
        string folder = await SaveAsync(Platform.CreateCollateral());

        Assert.Equal(MarbleType, (await StartAsync(o => o.BundlePath = folder)).Identity.MarbleType);
    }

    [Fact]
    public async Task Activate_PccsThatIsDownBesideAFolder_IsObeyedByTheFolder()
    {
        SimulationPccs pccs = await StartPccsAsync();
        string address = Text(pccs);
        await pccs.DisposeAsync();
        string folder = await SaveAsync(Platform.CreateCollateral());

        MarbleActivation activation = await StartAsync(o =>
        {
            o.PccsUrl = address;
            o.BundlePath = folder;
        });

        Assert.Equal(MarbleType, activation.Identity.MarbleType);
        Assert.Empty(Waits(0));
    }

    [Fact]
    public async Task Activate_FolderWithoutThePlatform_FailsAtTheTimeoutAndNamesTheFile()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "empty")).FullName;

        MarbleActivationException exception = await FailAtTheTimeoutAsync(StartAsync(o => o.BundlePath = folder));

        Assert.Contains(
            $"The bundle {folder} has no file dcap-sgx-4d4252000000-platform.json. Check", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What a source says of itself may be another thing in a moment; but it is never enough.</summary>
    [Theory]
    [InlineData("another root")]
    [InlineData("ended")]
    [Trait("Security", "A1")]
    public async Task Activate_CollateralThatIsNotGood_FailsAtTheTimeout(string fault)
    {
        SimulationPlatform source = fault == "another root" ? SimulationPlatform.Open(Path.Combine(Folder, "other"), Clock) : Platform;
        string folder = await SaveAsync(source.CreateCollateral(scenario: new SimulationScenario { IsExpired = fault == "ended" }));

        MarbleActivationException exception = await FailAtTheTimeoutAsync(StartAsync(o => o.BundlePath = folder));

        Assert.Contains("its evidence was refused: ", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What good collateral says of the platform does not pass by itself.</summary>
    [Theory]
    [InlineData("revoked", "crl.pck")]
    [InlineData("old", "tcb.status")]
    [InlineData("other enclave", "qe.identity")]
    [Trait("Security", "A1")]
    public async Task Activate_CollateralThatCondemnsThePlatform_IsRefusedAtOnce(string verdict, string check)
    {
        string folder = await SaveAsync(Platform.CreateCollateral(scenario: new SimulationScenario
        {
            IsPckRevoked = verdict == "revoked",
            PlatformTcb = verdict == "old" ? TcbStatus.OutOfDate : TcbStatus.UpToDate,
            IsOtherQe = verdict == "other enclave",
        }));

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => StartAsync(o => o.BundlePath = folder));

        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
        Assert.Contains($"its evidence was refused: {check}:", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Waits(0));
    }

    private Task<SimulationPccs> StartPccsAsync() => SimulationPccs.StartAsync(tee => Platform.CreateCollateral(tee));

    private static string Text(SimulationPccs pccs) => pccs.Address.AbsoluteUri.TrimEnd('/');

    private async Task<string> SaveAsync(DcapCollateral collateral)
    {
        string folder = Path.Combine(Folder, "collateral");
        await CollateralBundle.Open(folder).SaveAsync(s_family, collateral, Token);
        return folder;
    }

    private Task<MarbleActivation> StartAsync(Action<MarbleCollateral> change)
    {
        Coordinator.Attestation = Genuine;
        MarbleOptions options = CreateOptions();
        options.CoordinatorTrust = HardwareTrust;
        change(options.Collateral);
        return MarbleActivator.ActivateAsync(
            Activator(options, Target, new HardwareRoots(Platform.TrustAnchor, SnpTrustAnchor.Amd)), Token);
    }

    private async Task<MarbleActivationException> FailAtTheTimeoutAsync(Task<MarbleActivation> activation)
    {
        await WaitAsync(activation, times: 2);
        Clock.Advance(TimeSpan.FromMinutes(2));
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => activation);
        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
        Assert.Empty(Target.Taken);
        Assert.Empty(Coordinator.Calls);
        return exception;
    }

    private async Task WaitAsync(Task<MarbleActivation> activation, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Task<TimeSpan> wait = Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
            if (await Task.WhenAny(wait, activation) == activation)
            {
                await activation;
                Assert.Fail("The activation did not wait.");
            }

            Clock.Advance(await wait);
        }
    }

    private List<string> Waits(int count)
    {
        List<string> waits = [.. Logs.Entries.Where(e => e.Contains("Trying again in", StringComparison.Ordinal))];
        Assert.Equal(count, waits.Count);
        return waits;
    }
}
