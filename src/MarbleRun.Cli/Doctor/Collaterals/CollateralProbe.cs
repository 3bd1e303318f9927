using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Inspection;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Doctor.Coordinators;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>Verifies all evidence that is known with the source that the user named, and remembers what the source gave.</summary>
internal static class CollateralProbe
{
    public static async Task<IReadOnlyList<CollateralFacts>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Collateral is not { } source)
        {
            return [];
        }

        var all = new List<CollateralFacts>();
        if ((await examination.EvidenceAsync()).Quote is { } own)
        {
            all.Add(await ExamineAsync(examination, "this machine", own, source, cancellationToken));
        }

        if (examination.Options.Address is not null)
        {
            CoordinatorFacts coordinator = await examination.CoordinatorAsync();
            if (coordinator.Evidence is { } evidence && !evidence.Quote.RawData.IsEmpty)
            {
                all.Add(await ExamineAsync(examination, "Coordinator", evidence.Quote, source, cancellationToken));
            }
        }

        return all;
    }

    private static async Task<CollateralFacts> ExamineAsync(
        Examination examination, string subject, Quote quote, string source, CancellationToken cancellationToken)
    {
        CollateralAnchors anchors = examination.Options.Anchors;
        (Verdict verdict, RecordingProvider record) = await VerifyAsync(CollateralUpdate.Standard);
        var facts = new CollateralFacts(subject, verdict)
        {
            Documents = [.. ((IEnumerable<FetchedCollateral>)[.. record.Dcap, .. record.PckChains, .. record.Snp])
                .SelectMany(f => f.Inspect(anchors))],
            Faults = record.Faults,
            Gaps = FindGaps(verdict, record),
        };

        // A folder contains one set, and AMD has no other one.
        if (!IsService(source) || record.Dcap.Count == 0)
        {
            return facts;
        }

        (Verdict early, RecordingProvider earlyRecord) = await VerifyAsync(CollateralUpdate.Early);
        return earlyRecord.Faults.Count > 0
            ? facts
            : facts with { EarlyVerdict = early, EarlyGaps = FindGaps(verdict, earlyRecord) };

        async Task<(Verdict Verdict, RecordingProvider Record)> VerifyAsync(CollateralUpdate update)
        {
            var provider = new RecordingProvider(examination.Machine.Network.OpenCollateral(source, update));
            return (
                await CollateralPlan.VerifyAsync(quote, provider, anchors, examination.Machine.Clock, cancellationToken), provider);
        }

        ImmutableArray<TcbGap>? FindGaps(Verdict judged, RecordingProvider from) =>
            judged.Claims is { } claims && from.Dcap is [var dcap, ..]
                ? TcbInspection.FindGaps(claims, dcap.Collateral, anchors.Intel)
                : null;
    }

    private static bool IsService(string source) =>
        source is CollateralSources.IntelName or CollateralSources.AmdName || CollateralAddress.TryRead(source, out _);
}
