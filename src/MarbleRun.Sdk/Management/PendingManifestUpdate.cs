using System.Collections.Immutable;

namespace MarbleRun.Management;

/// <summary>An update that waits until enough users agree.</summary>
public sealed class PendingManifestUpdate
{
    internal PendingManifestUpdate(byte[] manifest, string message, ImmutableArray<string> missingUsers)
    {
        Manifest = manifest;
        Message = message;
        MissingUsers = missingUsers;
    }

    /// <summary>The very bytes that would be put in force.</summary>
    public ReadOnlyMemory<byte> Manifest { get; }

    /// <summary>The Coordinator's own sentence about how many are missing.</summary>
    public string Message { get; }

    /// <summary>Who has not agreed yet.</summary>
    public ImmutableArray<string> MissingUsers { get; }
}
