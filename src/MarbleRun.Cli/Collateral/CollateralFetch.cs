using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Collateral;

/// <summary>
/// Fills a bundle for verifiers without a network. Everything is fetched and verified before the first file is written.
/// </summary>
internal static class CollateralFetch
{
    /// <exception cref="CommandException">
    /// A source has no answer, an answer is not genuine or has ended, or a file can't be written.
    /// </exception>
    public static async Task<CollateralFetchResult> RunAsync(
        CollateralPlan plan,
        ICollateralProvider source,
        CollateralAnchors anchors,
        string bundle,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<FetchedCollateral> fetched;
        try
        {
            fetched = await plan.FetchAsync(source, anchors, clock, cancellationToken);
        }
        catch (CollateralException e)
        {
            throw new CommandException(ExitCodes.Unreachable, $"{e.Message.TrimEnd('.')}. Nothing was written.", e);
        }

        var result = new CollateralFetchResult(
            bundle, [.. fetched.Select(f => new CollateralFetchEntry(f.Platform, f.Inspect(anchors)))]);
        DateTimeOffset now = clock.GetUtcNow();
        string[] faults =
        [
            .. result.Entries.SelectMany(e => e.Documents.Where(d => !d.IsGoodAt(now)).Select(d => $"{e.Platform}, {d.Name}: {Fault(d)}")),
        ];
        if (faults.Length > 0)
        {
            throw new CommandException(
                ExitCodes.VerificationFailed,
                $"The source gave collateral that a verifier refuses. Nothing was written.\n{string.Join('\n', faults)}");
        }

        try
        {
            await WriteAsync(fetched, bundle, cancellationToken);
        }
        catch (Exception e) when (e is CollateralException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCodes.Failed, $"The bundle can't be written: {e.Message}", e);
        }

        return result;
    }

    private static string Fault(CollateralDocument document) => document.Fault
        ?? string.Create(CultureInfo.InvariantCulture, $"valid from {document.IssuedAt:u} to {document.ValidUntil:u}, not now");

    /// <summary>
    /// Writes a folder beside the bundle first, so that a full disk is found before the bundle changes. A new bundle appears as a whole; in
    /// an existing one, each file is replaced as a whole.
    /// </summary>
    private static async Task WriteAsync(IReadOnlyList<FetchedCollateral> fetched, string bundle, CancellationToken cancellationToken)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(bundle));
        string staged = $"{folder}.{Guid.NewGuid():n}.tmp";
        try
        {
            Directory.CreateDirectory(staged);
            foreach (FetchedCollateral collateral in fetched)
            {
                await collateral.SaveAsync(CollateralBundle.Open(staged), cancellationToken);
            }

            if (!Directory.Exists(folder))
            {
                Directory.Move(staged, folder);
                return;
            }

            foreach (string file in Directory.EnumerateFiles(staged, "*", SearchOption.AllDirectories))
            {
                string target = Path.Combine(folder, Path.GetRelativePath(staged, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(file, target, overwrite: true);
            }
        }
        finally
        {
            if (Directory.Exists(staged))
            {
                Directory.Delete(staged, recursive: true);
            }
        }
    }
}

/// <summary>What was fetched for one platform.</summary>
/// <param name="Platform">The platform in words.</param>
/// <param name="Documents">Its documents.</param>
internal sealed record CollateralFetchEntry(string Platform, ImmutableArray<CollateralDocument> Documents);
