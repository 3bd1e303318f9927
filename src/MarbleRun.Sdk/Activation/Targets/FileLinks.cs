namespace MarbleRun.Activation.Targets;

/// <summary>Follows symbolic links, including those of folders, also if the target does not exist yet.</summary>
internal static class FileLinks
{
    private const int MostLinks = 40;

    /// <summary>Returns the target of a full path.</summary>
    /// <exception cref="IOException">The links form a loop, or cannot be read.</exception>
    public static string Follow(string path)
    {
        string current = Path.GetPathRoot(path)!;
        var pending = new Stack<string>(Parts(path[current.Length..]));
        int links = 0;
        while (pending.TryPop(out string? part))
        {
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            string next = Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new IOException($"'{path}' leads over more than {MostLinks} links.");
            }

            if (Path.IsPathRooted(target))
            {
                current = Path.GetPathRoot(target)!;
                target = target[current.Length..];
            }

            foreach (string piece in Parts(target))
            {
                pending.Push(piece);
            }
        }

        return current;
    }

    /// <summary>Returns the parts of a path, the last part first.</summary>
    private static IEnumerable<string> Parts(string path) =>
        path
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
            .Where(p => p != ".")
            .Reverse();
}
