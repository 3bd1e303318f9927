using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>A Coordinator, a folder and options for one activation.</summary>
public abstract class ActivationFixture : IAsyncLifetime
{
    protected const string MarbleType = "frontend";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected WaitingClock Clock { get; } = new();

    protected TestAuthority Authority { get; private set; } = null!;

    protected FakeCoordinator Coordinator { get; private set; } = null!;

    protected RecordingLogs Logs { get; } = new();

    protected string Folder { get; } = Directory.CreateTempSubdirectory("marble").FullName;

    protected string UuidFile => Path.Combine(Folder, "uuid");

    public async ValueTask InitializeAsync()
    {
        Authority = new TestAuthority(Clock);
        Coordinator = await FakeCoordinator.StartAsync(Authority);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Coordinator.DisposeAsync();
        Authority.Dispose();
        Logs.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected MarbleOptions CreateOptions() => new()
    {
        CoordinatorAddress = Coordinator.Address,
        MarbleType = MarbleType,
        DnsNames = ["front.example", "192.0.2.7"],
        UuidFile = UuidFile,
        CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(Authority.Root)),
        FileRoots = { Folder },
    };

    private protected MarbleActivatorOptions Activator(
        MarbleOptions options, IParameterTarget? target = null, HardwareRoots? roots = null) =>
        new(options)
        {
            QuoteIssuer = new FakeQuoteIssuer(),
            ParameterTarget = target,
            TimeProvider = Clock,
            Logger = Logs.CreateLogger("activation"),
            Roots = roots ?? HardwareRoots.Vendors,
        };

    protected Task<MarbleActivation> ActivateAsync(Action<MarbleOptions>? change = null)
    {
        MarbleOptions options = CreateOptions();
        change?.Invoke(options);
        return MarbleActivator.ActivateAsync(Activator(options), Token);
    }

    protected async Task<MarbleActivationException> AssertFailsAsync(MarbleActivationFailure failure, Action<MarbleOptions>? change = null)
    {
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => ActivateAsync(change));
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
