namespace MarbleRun.Coordinator.State;

/// <summary>
/// Numbers that change with the configuration of a mesh, so that a decision made on one state can be checked against a newer one. They are
/// valid in this process only, and are not stored. Counting (activations, counters, audit trail, update log) does not change them.
/// </summary>
/// <param name="Mesh">Changes with the manifest, the authority, the security versions of packages, and with the end of a recovery.</param>
/// <param name="Update">Changes with the update that waits for acknowledgments.</param>
/// <param name="Secrets">Changes with the values of secrets, in force and previous.</param>
internal readonly record struct ConfigurationVersion(ulong Mesh, ulong Update, ulong Secrets)
{
    /// <summary>The version of a state that follows another one.</summary>
    public static ConfigurationVersion Of(CoordinatorState next, CoordinatorState before)
    {
        bool isSameMesh = ReferenceEquals(next.Manifest, before.Manifest)
            && ReferenceEquals(next.Authority, before.Authority)
            && ReferenceEquals(next.SecurityVersions, before.SecurityVersions)
            && next.InRecovery == before.InRecovery;
        bool areSameSecrets = ReferenceEquals(next.Secrets, before.Secrets)
            && ReferenceEquals(next.PreviousSecrets, before.PreviousSecrets);
        (ulong mesh, ulong update, ulong secrets) = before.Configuration;
        return new ConfigurationVersion(
            isSameMesh ? mesh : mesh + 1,
            ReferenceEquals(next.PendingUpdate, before.PendingUpdate) ? update : update + 1,
            areSameSecrets ? secrets : secrets + 1);
    }
}
