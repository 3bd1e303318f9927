using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// Decides which code may have the keys of the deployment: this Coordinator's own, or code that the manifest in force lists under
/// <c>Coordinators</c>, on the machines that the entry allows.
/// </summary>
/// <param name="verifications">Verifies evidence.</param>
/// <param name="reader">Reads this Coordinator's own code.</param>
/// <param name="isSimulation">Whether there is no hardware: only then a debug enclave may be a peer of a debug enclave.</param>
internal sealed class PeerJudge(VerificationGate verifications, OwnCodeReader reader, bool isSimulation)
{
    /// <summary>The basis of a verdict of equal code.</summary>
    public const string SameCode = "same code";

    /// <summary>Verifies evidence, and compares it with the own code and the manifest.</summary>
    /// <param name="proof">The evidence.</param>
    /// <param name="manifest">The manifest in force, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BusyException">Too many ask.</exception>
    /// <exception cref="AttestationException">This Coordinator's own platform gives no evidence.</exception>
    public async Task<PeerVerdict> JudgeAsync(PeerProof proof, Manifest? manifest, CancellationToken cancellationToken)
    {
        OwnCode own = await reader.ReadAsync(cancellationToken);
        if (own.Claims.Debug && !isSimulation)
        {
            return new PeerVerdict(null, "this Coordinator is a debug enclave, which neither gives nor takes keys", null);
        }

        ImmutableSortedDictionary<string, PackageProperties> entries = manifest?.Coordinators
            ?? ImmutableSortedDictionary<string, PackageProperties>.Empty;
        bool isNamed = entries.Values.Any(own.IsNamedBy);
        Verdict? nearest = null;
        if (own.IsCertain && !isNamed)
        {
            nearest = await VerifyAsync(proof, own.ToPackage(), cancellationToken);
            if (nearest.IsAccepted && own.IsSame(nearest.Claims!))
            {
                return new PeerVerdict(SameCode, null, nearest);
            }

            if (!nearest.IsAccepted
                && (nearest.Reason != VerdictReason.Policy || (nearest.Claims is { } claims && own.IsSame(claims))))
            {
                return Refuse(nearest, "it is not accepted");
            }
        }

        return await JudgeListedAsync(proof, entries, nearest, cancellationToken);
    }

    /// <summary>The same, by the entries of the manifest alone.</summary>
    public Task<PeerVerdict> JudgeListedAsync(PeerProof proof, Manifest manifest, CancellationToken cancellationToken) =>
        JudgeListedAsync(proof, manifest.Coordinators, null, cancellationToken);

    /// <summary>Whether evidence is genuine and of a production enclave, whatever its code.</summary>
    public async Task<PeerVerdict> JudgeGenuineAsync(PeerProof proof, CancellationToken cancellationToken)
    {
        Verdict verdict = await VerifyAsync(proof, new PackageProperties(), cancellationToken);
        return verdict.IsAccepted ? new PeerVerdict("genuine code", null, verdict) : Refuse(verdict, "it is not accepted");
    }

    private async Task<PeerVerdict> JudgeListedAsync(
        PeerProof proof,
        ImmutableSortedDictionary<string, PackageProperties> entries,
        Verdict? nearest,
        CancellationToken cancellationToken)
    {
        foreach ((string name, PackageProperties entry) in entries.Where(e => IsUsable(e.Value)))
        {
            Verdict verdict = await VerifyAsync(proof, entry, cancellationToken);
            if (verdict.IsAccepted)
            {
                return new PeerVerdict($"Coordinators.{name}", null, verdict);
            }

            nearest = verdict;
            if (verdict.Reason != VerdictReason.Policy)
            {
                break;
            }
        }

        return nearest is null
            ? new PeerVerdict(
                null,
                "this Coordinator cannot be certain of its own measurement, because its quotes come from its host, and the manifest lists "
                + "no Coordinators: list the measurement there",
                null)
            : Refuse(nearest, entries.IsEmpty
                ? "it is other code, and the manifest lists no Coordinators"
                : $"it fits none of the {entries.Count} Coordinators that the manifest lists");
    }

    private static PeerVerdict Refuse(Verdict verdict, string what) => new(
        null,
        verdict.Reason == VerdictReason.CollateralMissing ? "its evidence cannot be verified: collateral is missing"
        : $"{what} ({verdict.Summary.TrimEnd('.')})",
        verdict);

    /// <summary>A manifest can be in force although this release would refuse it.</summary>
    private static bool IsUsable(PackageProperties entry) => !entry.Debug && entry.PinsCode && entry.Tdx is null or { PinsSystem: true };

    private Task<Verdict> VerifyAsync(PeerProof proof, PackageProperties package, CancellationToken cancellationToken) =>
        verifications.VerifyAsync(
            proof.Evidence,
            new QuoteExpectation { ReportData = proof.ReportData, Package = package },
            proof.Caller,
            cancellationToken);
}

/// <summary>The evidence of one side.</summary>
/// <param name="Evidence">The evidence.</param>
/// <param name="ReportData">What it must be bound to.</param>
/// <param name="Caller">Who sent it.</param>
internal sealed record PeerProof(Quote Evidence, ReportData ReportData, Caller Caller);

/// <summary>The decision about a peer.</summary>
/// <param name="Basis">Why it is accepted; null if it is not.</param>
/// <param name="Refusal">Why it is not, the end of a phrase; null if it is accepted.</param>
/// <param name="Verdict">The verdict about its evidence; null if it was not verified.</param>
internal sealed record PeerVerdict(string? Basis, string? Refusal, Verdict? Verdict)
{
    public bool IsAccepted => Basis is not null;

    /// <summary>Whether another attempt can succeed.</summary>
    public bool IsTransient => Verdict?.IsTransient == true;
}
