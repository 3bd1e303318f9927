using System.Collections.Immutable;

namespace MarbleRun.Management;

/// <summary>An update that is pending until enough users agree.</summary>
public sealed class PendingManifestUpdate
{
    internal PendingManifestUpdate(byte[] manifest, string message, ImmutableArray<string> missingUsers)
    {
        Manifest = manifest;
        Message = message;
        MissingUsers = missingUsers;
    }

    /// <summary>The exact bytes that would be put in force.</summary>
    public ReadOnlyMemory<byte> Manifest { get; }

    /// <summary>The Coordinator's own message about the missing acknowledgments.</summary>
    public string Message { get; }

    /// <summary>The users who have not agreed yet.</summary>
    public ImmutableArray<string> MissingUsers { get; }
}
