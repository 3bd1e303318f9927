namespace MarbleRun.Audit;

/// <summary>Verifies audit trails. It needs only the files, not a Coordinator.</summary>
public static class AuditTrail
{
    /// <summary>Checks that every line is a record and follows the previous one, from the first file to the last.</summary>
    /// <param name="files">The files in their order.</param>
    /// <param name="previousHash">
    /// The hash of the line before the first file; <see cref="AuditHead.Start"/> has the hash for a trail that is complete from its
    /// beginning. Null accepts any hash in the first record: missing records before it are then not detected.
    /// </param>
    /// <param name="expectedHead">
    /// A hash that the trail had as its head at an earlier time: it must be the hash of some line, or of the line before the first file.
    /// With null, lines that were removed at the end, or a changed last line, are not detected.
    /// </param>
    /// <returns>The result. Faults in the files do not cause an exception.</returns>
    public static AuditVerification Verify(IReadOnlyList<AuditFile> files, string? previousHash, string? expectedHead = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        var chain = new AuditChain(previousHash, expectedHead);
        for (int i = 0; i < files.Count; i++)
        {
            chain.Follow(files[i], isLast: i == files.Count - 1);
        }

        return chain.Finish();
    }
}
