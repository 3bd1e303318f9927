using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Updates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Judges this Coordinator by its own evidence, as its peers would.</summary>
internal sealed class OwnAdmission(Replica replica, OwnCodeReader reader, PeerJudge judge, QuoteGate quotes) : IOwnAdmission
{
    public async ValueTask<string?> FindObjectionAsync(Manifest before, Manifest after, CancellationToken cancellationToken)
    {
        if (!replica.IsOneOfSeveral || before.Coordinators.Values.ToHashSet().SetEquals(after.Coordinators.Values))
        {
            return null;
        }

        string? refusal;
        try
        {
            refusal = await FindRefusalAsync(before, after, cancellationToken);
        }
        catch (AttestationException exception)
        {
            refusal = $"its own evidence cannot be read: {exception.Message.TrimEnd('.')}";
        }

        return refusal is null
            ? null
            : $"the update takes the keys of the deployment from the Coordinator that was asked ({refusal}). Send it to one that keeps "
                + "them";
    }

    private async ValueTask<string?> FindRefusalAsync(Manifest before, Manifest after, CancellationToken cancellationToken)
    {
        OwnCode own = await reader.ReadAsync(cancellationToken);
        if (!after.Coordinators.Values.Any(own.IsNamedBy))
        {
            // Equal code is admitted where no entry ever named it.
            return before.Coordinators.Values.Any(own.IsNamedBy) ? "Coordinators does not list its code any more" : null;
        }

        var reportData = ReportData.FromBytes(RandomNumberGenerator.GetBytes(ReportData.Size));
        Quote evidence = await quotes.IssueAsync(reportData, Caller.Own, cancellationToken);
        return (await judge.JudgeListedAsync(new PeerProof(evidence, reportData, Caller.Own), after, cancellationToken)).Refusal;
    }
}
