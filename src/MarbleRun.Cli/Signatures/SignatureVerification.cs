using System.Collections.Immutable;
using MarbleRun.Cli.Manifests;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Signatures;

/// <summary><c>marblerun manifest verify-signature</c>.</summary>
internal static class SignatureVerification
{
    public static async Task<int> RunAsync(
        string manifest,
        string signatures,
        string[] owners,
        ulong minimumSequence,
        string? at,
        TextWriter output,
        CancellationToken cancellationToken)
    {
        DateTimeOffset now = TimeText.Read("--at", at) ?? TimeProvider.System.GetUtcNow();
        string fingerprint = Manifest.ComputeFingerprint(await ManifestInput.ReadBytesAsync(manifest, cancellationToken));
        ImmutableArray<ManifestSignature> given = await SignatureFile.ReadAsync(signatures, cancellationToken);
        var keys = new List<OwnerKey>();
        foreach (string owner in owners)
        {
            keys.Add(await OwnerKeyFile.ReadPublicAsync(owner, cancellationToken));
        }

        ManifestSignatureVerdict verdict = ManifestSignatures.Verify(given, fingerprint, keys, minimumSequence, now);
        await output.WriteLineAsync(
            verdict.IsAccepted ? $"Accepted: {verdict.Message}" : $"Rejected ({verdict.Outcome}): {verdict.Message}");
        return verdict.IsAccepted ? ExitCodes.Ok : ExitCodes.VerificationFailed;
    }
}
