using System.Net;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Tests.Limits;

/// <summary>
/// What verification of unauthenticated callers' evidence may cost: turns, places, and questions to sources of collateral, by address.
/// </summary>
[Trait("Security", "G2")]
public sealed class VerificationGateTests
{
    private static readonly QuoteExpectation s_expectation = new()
    {
        ReportData = ReportData.ForCertificate("certificate"u8),
        Package = new PackageProperties(),
    };
    private static readonly Caller s_outsider = Caller.Of(IPAddress.Parse("192.0.2.1"), isKnown: false);
    private static readonly Caller s_other = Caller.Of(IPAddress.Parse("192.0.2.2"), isKnown: false);
    private static readonly PckCertificateRequest s_named = new(new string('1', 32), new string('c', 32), "0d00", "0102");

    private readonly CurrentCaller _current = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Verify_ThoseWhoWaitForASource_HoldNoTurn()
    {
        var verifier = new HeldVerifier();
        using var gate = new VerificationGate(verifier, _current);
        Task<Verdict>[] waiting = [.. Enumerable.Range(0, VerificationGate.AtOnce + 3).Select(_ => Verify(gate, s_outsider))];
        while (verifier.Begun < waiting.Length)
        {
            await Task.Yield();
        }

        verifier.Source.SetResult();
        Assert.All(await Task.WhenAll(waiting), v => Assert.False(v.IsAccepted));
    }

    [Fact]
    public async Task Verify_PlacesOfOneAddressAreTaken_OthersAndKnownCallersHaveTheirs()
    {
        var verifier = new HeldVerifier();
        using var gate = new VerificationGate(verifier, _current);
        Task<Verdict>[] waiting = [.. Enumerable.Range(0, VerificationGate.PlacesOfOneAddress).Select(_ => Verify(gate, s_outsider))];

        BusyException busy = await Assert.ThrowsAsync<BusyException>(() => Verify(gate, s_outsider));
        Task<Verdict>[] others = [Verify(gate, s_other), Verify(gate, s_outsider with { IsKnown = true })];

        Assert.True(busy.IsCallersShare);
        verifier.Source.SetResult();
        await Task.WhenAll([.. waiting, .. others]);
        Assert.False((await Verify(gate, s_outsider)).IsAccepted);
    }

    [Fact]
    public async Task Verify_AllPlacesAreTaken_IsBusyForEverybody()
    {
        var verifier = new HeldVerifier();
        using var gate = new VerificationGate(verifier, _current);
        Task<Verdict>[] waiting =
        [
            .. Enumerable.Range(0, VerificationGate.Places).Select(i =>
                Verify(gate, Caller.Of(new IPAddress([10, 0, 0, (byte)(i / VerificationGate.PlacesOfOneAddress)]), isKnown: false))),
        ];

        BusyException busy = await Assert.ThrowsAsync<BusyException>(() => Verify(gate, s_other));

        Assert.False(busy.IsCallersShare);
        verifier.Source.SetResult();
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task Lanes_InventedPlatformsOfOneAddress_HaveFewQuestionsAndLeaveOthersAlone()
    {
        var source = new HeldSource();
        var lanes = new CollateralLanes(source, _current);
        Task<ReadOnlyMemory<byte>>[] waiting =
            [.. Enumerable.Range(0, CollateralLanes.PlacesOfOneAddress).Select(_ => AskAsync(lanes, s_outsider))];

        CollateralException busy = await Assert.ThrowsAsync<CollateralException>(() => AskAsync(lanes, s_outsider));
        Task<ReadOnlyMemory<byte>> other = AskAsync(lanes, s_other);

        Assert.True(busy.IsBusy);
        Assert.NotNull(await lanes.GetDcapAsync(new DcapCollateralRequest(TeeType.Sgx, "4D4252000000", "platform"), Cancellation));
        source.Answer.SetResult();
        await Task.WhenAll([.. waiting, other]);
        await AskAsync(lanes, s_outsider);
    }

    [Fact]
    public async Task Verify_AsksForTheCallersOwnAddress()
    {
        var lanes = new CollateralLanes(new HeldSource(), _current);
        Task<ReadOnlyMemory<byte>>[] waiting =
            [.. Enumerable.Range(0, CollateralLanes.PlacesOfOneAddress).Select(_ => AskAsync(lanes, s_outsider))];
        using var gate = new VerificationGate(new AskingVerifier(lanes), _current);

        Assert.True((await Assert.ThrowsAsync<CollateralException>(() => Verify(gate, s_outsider))).IsBusy);
        Task<Verdict> other = Verify(gate, s_other);
        Assert.False(other.IsCompleted);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
    }

    private static Task<Verdict> Verify(VerificationGate gate, Caller caller) =>
        gate.VerifyAsync(Quote.FromRaw([]), s_expectation, caller, Cancellation);

    private async Task<ReadOnlyMemory<byte>> AskAsync(CollateralLanes lanes, Caller caller)
    {
        _current.Enter(caller);
        return await lanes.GetPckCertificateChainAsync(s_named, Cancellation);
    }

    private static Verdict Refused() =>
        Verdict.Reject(VerdictReason.Policy, claims: null, [new VerdictCheck("x", VerdictCheckOutcome.Failed)]);

    private sealed class HeldVerifier : IQuoteVerifier
    {
        private int _begun;

        public int Begun => Volatile.Read(ref _begun);

        public TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<Verdict> VerifyAsync(
            Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _begun);
            await Source.Task;
            return Refused();
        }
    }

    private sealed class AskingVerifier(CollateralLanes lanes) : IQuoteVerifier
    {
        public async ValueTask<Verdict> VerifyAsync(
            Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            await lanes.GetPckCertificateChainAsync(s_named, cancellationToken);
            return Refused();
        }
    }

    private sealed class HeldSource : ICollateralProvider
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new DcapCollateral());

        public async ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
            PckCertificateRequest request, CancellationToken cancellationToken = default)
        {
            await Answer.Task;
            return default;
        }
    }
}
