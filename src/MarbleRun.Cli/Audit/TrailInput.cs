using System.Collections.Immutable;
using MarbleRun.Audit;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Audit;

/// <summary>One trail to verify, and what is known of it.</summary>
/// <param name="Name">The name of its Coordinator; empty for one that shares no store.</param>
/// <param name="Files">Its files in their order; null if it is not there.</param>
/// <param name="PreviousHash">The hash of the record before the first one.</param>
/// <param name="Expected">Hashes of records that it must contain.</param>
/// <param name="Known">Its head in the list of heads; null if there is no list, or the list does not name the trail.</param>
/// <param name="IsListed">Whether there is a list of heads.</param>
internal sealed record TrailInput(
    string Name,
    IReadOnlyList<AuditFile>? Files,
    string PreviousHash,
    ImmutableArray<string> Expected,
    AuditHead? Known,
    bool IsListed)
{
    /// <exception cref="InputException">The arguments do not fit together, or a file cannot be read.</exception>
    public static async Task<ImmutableArray<TrailInput>> ReadAsync(
        string[] files, string[] trails, string? headsFile, string[] expectHead, string[] after, CancellationToken cancellationToken)
    {
        if (files.Length == 0 == (trails.Length == 0))
        {
            throw new InputException("Specify the files or the folder of one trail, or name each of several with --trail NAME=FOLDER.");
        }

        ILookup<string, string> paths = files.Length > 0
            ? files.ToLookup(_ => string.Empty, StringComparer.Ordinal)
            : trails.Select(text => Split(text, "--trail", "NAME=FOLDER")).ToLookup(t => t.Name, t => t.Value, StringComparer.Ordinal);
        ImmutableSortedDictionary<string, AuditHead>? heads = await HeadList.ReadAsync(headsFile, cancellationToken);
        if (files.Length > 0 && heads is { IsEmpty: false } && !heads.ContainsKey(string.Empty))
        {
            throw new InputException(
                $"The heads in {headsFile} are those of {string.Join(", ", heads.Keys)}. Name the trail with --trail NAME=FOLDER.");
        }

        ILookup<string, string> expected = ReadHashes(expectHead, "--expect-head", paths);
        ILookup<string, string> previous = ReadHashes(after, "--after", paths);
        var inputs = new List<TrailInput>();
        foreach (IGrouping<string, string> trail in paths.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            AuditHead? known = heads?.GetValueOrDefault(trail.Key);
            inputs.Add(new TrailInput(
                trail.Key,
                await ReadFilesAsync(trail, cancellationToken),
                previous[trail.Key].LastOrDefault() ?? AuditHead.Start.Hash,
                [.. expected[trail.Key], .. known is null ? [] : (string[])[known.Hash]],
                known,
                heads is not null));
        }

        inputs.AddRange(heads?
            .Where(head => !paths.Contains(head.Key))
            .Select(head => new TrailInput(head.Key, null, AuditHead.Start.Hash, [], head.Value, IsListed: true)) ?? []);
        return [.. inputs];
    }

    private static async Task<IReadOnlyList<AuditFile>> ReadFilesAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var files = new List<AuditFile>();
        foreach (string path in paths.SelectMany(FilesOf))
        {
            files.Add(new AuditFile(path, await InputFile.ReadAsync(path, "audit trail", cancellationToken)));
        }

        return files;
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

    private static ILookup<string, string> ReadHashes(string[] texts, string option, ILookup<string, string> trails) => texts
        .Select(text => text.Contains('=', StringComparison.Ordinal) ? Split(text, option, "NAME=HASH") : (Name: string.Empty, Value: text))
        .Select(hash => (
            Name: trails.Contains(hash.Name)
                ? hash.Name
                : throw new InputException(
                    hash.Name.Length == 0
                        ? $"{option} {hash.Value} does not name its trail: {option} NAME=HASH."
                        : $"{option} names the trail {hash.Name}, which no --trail names."),
            Hash: HexText.Is(hash.Value, 32)
                ? hash.Value.ToLowerInvariant()
                : throw new InputException($"{option} {hash.Value} is not a SHA-256 of 64 hexadecimal digits.")))
        .ToLookup(hash => hash.Name, hash => hash.Hash, StringComparer.Ordinal);

    private static (string Name, string Value) Split(string text, string option, string form) =>
        text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } value]
            ? (name, value)
            : throw new InputException($"{option} {text} is not of the form {form}.");
}
