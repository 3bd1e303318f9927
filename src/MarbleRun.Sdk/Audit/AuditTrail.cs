namespace MarbleRun.Audit;

/// <summary>Verifies audit trails. It needs no Coordinator: the files are enough.</summary>
public static class AuditTrail
{
    /// <summary>Checks every line, and that each one follows the one before, from the first file to the last.</summary>
    /// <param name="files">The files in their order.</param>
    /// <param name="previousHash">
    /// The hash of the line that stands before the first file; <see cref="AuditHead.Start"/> has the one of a trail that is there from its beginning.
    /// Null accepts whatever the first record names: then nobody knows whether records before it are missing.
    /// </param>
    /// <param name="expectedHead">
    /// A hash that the trail had as its head at an earlier moment: it must be that of some line, or of the line before the first file. Null demands
    /// nothing: then nobody notices that lines were cut off at the end, or that the last one was changed.
    /// </param>
    /// <returns>What was found. Wrong files are not an exception.</returns>
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
