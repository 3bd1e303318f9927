namespace MarbleRun.Management.Updates;

/// <summary>An update that is pending until enough users agree.</summary>
public sealed class PendingManifestUpdate
{
    /// <summary>Initializes a new instance of the <see cref="PendingManifestUpdate"/> class.</summary>
    /// <param name="manifest">The exact bytes that would be put in force.</param>
    /// <param name="message">The message about the missing acknowledgments.</param>
    /// <param name="missingUsers">The users who have not agreed yet.</param>
    public PendingManifestUpdate(ReadOnlyMemory<byte> manifest, string message, IReadOnlyList<string> missingUsers)
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
    public IReadOnlyList<string> MissingUsers { get; }
}
