using MarbleRun.Audit;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit verify</c>.</summary>
internal static class AuditVerificationCommand
{
    public static async Task<int> RunAsync(
        string[] paths, string? expectHead, string? after, TextWriter output, CancellationToken cancellationToken)
    {
        string? expectedHash = ReadHash(expectHead, "--expect-head");
        string previousHash = ReadHash(after, "--after") ?? AuditHead.Start.Hash;
        var files = new List<AuditFile>();
        foreach (string path in paths.SelectMany(FilesOf))
        {
            files.Add(new AuditFile(path, await InputFile.ReadAsync(path, "audit trail", cancellationToken)));
        }

        AuditVerification found = AuditTrail.Verify(files, previousHash, expectedHash);
        foreach (AuditFault fault in found.Faults)
        {
            await output.WriteLineAsync($"{fault.File}:{fault.Line}: {fault.Message}");
        }

        if (!found.IsIntact)
        {
            await output.WriteLineAsync($"The trail was changed; faults: {found.Faults.Length}, lines: {found.RecordCount}.");
            return ExitCodes.Failed;
        }

        await output.WriteLineAsync(found.RecordCount == 0
            ? "The trail is intact: it has no records."
            : $"The trail is intact: records {found.Head.Sequence - found.RecordCount + 1} to {found.Head.Sequence}.");
        if (found.UnfinishedBytes > 0)
        {
            await output.WriteLineAsync(
                $"{found.UnfinishedBytes} bytes after them are an unfinished record; its request was not answered.");
        }

        await output.WriteLineAsync($"head {found.Head.Hash}");
        if (expectedHash is null)
        {
            await output.WriteLineAsync(
                "Store the head elsewhere: --expect-head then detects whether records were removed, or the last one changed.");
        }

        return ExitCodes.Ok;
    }

    /// <summary>Returns the files of a folder that belong to the trail; their names determine their order.</summary>
    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        try
        {
            string[] files = [.. Directory.GetFiles(path, "audit-*.jsonl").Order(StringComparer.Ordinal)];
            return files.Length > 0
                ? files
                : throw new InputException($"The folder {path} has no file of an audit trail (audit-*.jsonl). "
                    + "The folder is Coordinator:AuditDirectory, by default audit in the seal directory.");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"The folder {path} can't be read: {e.Message}", e);
        }
    }

    private static string? ReadHash(string? text, string option) =>
        text is null || HexText.Is(text, 32)
            ? text?.ToLowerInvariant()
            : throw new InputException($"{option} {text} is not a SHA-256 of 64 hexadecimal digits.");
}
