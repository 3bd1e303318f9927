using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Keys that a peer handed over, with the evidence of both sides.</summary>
/// <remarks>
/// Code that is not this Coordinator's own could have made these keys, and a forged state with them. So the manifest in that state, which
/// relying parties verify, must list the code of both sides; a state whose manifest does not is not used.
/// </remarks>
internal sealed partial class PeerKeys(
    IReadOnlyList<DeploymentKey> keys,
    string address,
    PeerProof own,
    PeerProof holder,
    PeerVerdict first,
    PeerBinding deployment,
    PeerJudge judge,
    PeerJournal journal,
    ILogger logger) : ReceivedKeys(keys)
{
    public override async ValueTask<string?> FindFaultAsync(
        ReadOnlyMemory<byte> rootHash, Manifest? manifest, CancellationToken cancellationToken)
    {
        if (!rootHash.Span.SequenceEqual(deployment.RootHash.Span))
        {
            return $"The Coordinator at {address}, which handed the keys over, belongs to another deployment than the state in the store.";
        }

        PeerVerdict verdict = await judge.JudgeAsync(holder, manifest, cancellationToken);
        if (!verdict.IsAccepted)
        {
            return $"The manifest in the state does not accept the Coordinator at {address}, which handed the keys over: "
                + $"{verdict.Refusal}. Add its code to Coordinators in the manifest.";
        }

        if (verdict.Basis == PeerJudge.SameCode)
        {
            return null;
        }

        PeerVerdict mine = await judge.JudgeListedAsync(own, manifest!, cancellationToken);
        return mine.IsAccepted
            ? null
            : $"The manifest in the state lists the Coordinator at {address}, which handed the keys over, but not this one: "
                + $"{mine.Refusal}. Add its code to Coordinators in the manifest.";
    }

    public override ValueTask SettleAsync(string? refusal)
    {
        AttestedCode code = AttestedCode.Of(first.Verdict!.Claims)!;
        var receipt = new KeyReceipt(
            address,
            Convert.ToHexStringLower(code.Measurement.Span),
            Convert.ToHexStringLower(code.Platform.Span),
            Convert.ToHexStringLower(deployment.RootHash.Span),
            refusal);
        if (refusal is null)
        {
            Log.Received(logger, address, receipt.Measurement, receipt.Platform);
        }
        else
        {
            Log.Discarded(logger, address, refusal);
        }

        return new ValueTask(journal.AddAsync(receipt));
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KeysReceived,
            LogLevel.Information,
            "The Coordinator at {PeerAddress} handed over the keys of the deployment: measurement {Measurement}, platform {PlatformId}.",
            EventName = "KeysReceived")]
        public static partial void Received(ILogger logger, string peerAddress, string measurement, string platformId);

        [LoggerMessage(
            EventIds.KeysDiscarded,
            LogLevel.Error,
            "The keys that the Coordinator at {PeerAddress} handed over were discarded. {Reason}",
            EventName = "KeysDiscarded")]
        public static partial void Discarded(ILogger logger, string peerAddress, string reason);
    }
}
