using System.Collections.Immutable;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.State;

/// <summary>A full update that waits for acknowledgments.</summary>
/// <param name="Manifest">Exactly the bytes that were sent; a user who acknowledges sends the same.</param>
/// <param name="Acknowledgments">Who may acknowledge, as of the start of the update, and whether they did.</param>
/// <param name="Required">How many must.</param>
internal sealed record PendingUpdate(ReadOnlyMemory<byte> Manifest, ImmutableSortedDictionary<string, bool> Acknowledgments, int Required)
{
    /// <summary>What owners signed of it, verified; of each key the one with the highest sequence.</summary>
    public ImmutableArray<ManifestSignature> Signatures { get; init; } = [];

    public string Fingerprint => MarbleRun.Manifests.Manifest.ComputeFingerprint(Manifest.Span);

    /// <summary>How many acknowledgments are missing.</summary>
    public int Missing => Math.Max(0, Required - Acknowledgments.Count(a => a.Value));

    /// <summary>All who have not acknowledged, by name. With a threshold they may be more than are missing.</summary>
    public ImmutableArray<string> MissingUsers => [.. Acknowledgments.Where(a => !a.Value).Select(a => a.Key)];

    public PendingUpdate AcknowledgedBy(string user) => this with { Acknowledgments = Acknowledgments.SetItem(user, true) };
}
