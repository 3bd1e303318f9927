using System.Collections.Immutable;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Updates;

/// <summary>An update as somebody asked for it.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Raw">Exactly the bytes that were sent.</param>
/// <param name="AllowDowngrade">Whether a full update that is started may lower a security version.</param>
/// <param name="CanReturnRecoverySecrets">
/// Whether the answer has a place for new recovery secrets; the first generation of the API has none.
/// </param>
internal sealed record UpdateRequest(MeshUser User, ReadOnlyMemory<byte> Raw, bool AllowDowngrade, bool CanReturnRecoverySecrets)
{
    /// <summary>What owners signed of it, not verified.</summary>
    public ImmutableArray<ManifestSignature> Signatures { get; init; } = [];
}
