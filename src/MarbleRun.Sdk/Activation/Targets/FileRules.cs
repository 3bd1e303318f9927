using MarbleRun.Files;

namespace MarbleRun.Activation.Targets;

/// <summary>
/// Determines which files the manifest may write for this process: below folders that the app lists, and never in places whose files run or
/// control it.
/// </summary>
internal sealed class FileRules
{
    // A library OS (Gramine) reads the keys of encrypted files from these; files under these keys must come first, and cannot be replaced.
    private const string KeyFolder = "/dev/attestation/keys/";
    private const string OldKeyFile = "/dev/attestation/protected_files_key";

    private readonly string _folder;
    private readonly string[] _roots;
    private readonly ProtectedPlaces _places;
    private readonly Lazy<ProtectedPlaces> _placesFollowed;

    private FileRules(string folder, IEnumerable<string> roots, ProtectedPlaces places)
    {
        _folder = folder;
        _roots = [.. roots.Select(r => PathText.Complete(r, folder))];
        _places = places;
        _placesFollowed = new Lazy<ProtectedPlaces>(places.Follow);
    }

    /// <summary>Returns the rules of a Marble in this process.</summary>
    public static FileRules Of(MarbleOptions options) => new(
        Environment.CurrentDirectory,
        options.FileRoots,
        ProtectedPlaces.OfThisProcess([MarbleOptionsSource.ResolveUuidFile(Environment.GetEnvironmentVariable, options)]));

    public static bool IsKey(string path) => path.StartsWith(KeyFolder, StringComparison.Ordinal) || path == OldKeyFile;

    /// <summary>Completes a path of the manifest with the working directory.</summary>
    /// <param name="name">The path in the manifest.</param>
    /// <param name="path">The full path; empty if the path is invalid.</param>
    /// <returns>The error, or null if the path is valid.</returns>
    public string? FindFault(string name, out string path)
    {
        path = string.Empty;
        if (FileNames.FindFault(name) is { } fault)
        {
            return $"{PeerText.Quote(name)} {fault}";
        }

        path = Path.GetFullPath(name, _folder);
        return FindOwner(path, _roots, _places) is not { } owner ? null
            : owner.Length > 0 ? $"the file {PeerText.Quote(path)} {owner}, and no manifest may write there"
            : $"the file {PeerText.Quote(path)} is not in a folder that the app accepts files in "
                + $"({string.Join(", ", _roots.Select(PeerText.Quote))}). Let the manifest name a file in one of those, or list its folder "
                + $"in the app's code, {nameof(MarbleOptions)}.{nameof(MarbleOptions.FileRoots)} (AddMarble(o => "
                + $"o.FileRoots.Add(\"{PeerText.Clean(Path.GetDirectoryName(path))}\")))";
    }

    /// <summary>Returns the full path of a file with links followed. They must not lead out of the folders.</summary>
    /// <exception cref="IOException">The existing object must not be replaced, or a link leads to a forbidden place; the message says
    /// which.</exception>
    public string Locate(string path)
    {
        string place = FileLinks.Follow(path);
        if (FindOwner(place, [.. _roots.Select(FileLinks.Follow)], _placesFollowed.Value) is { } owner)
        {
            throw new IOException(
                $"A link leads to '{place}', "
                + $"{(owner.Length > 0 ? $"which {owner}" : "out of the folders that the app accepts files in")}.");
        }

        if (IsKey(place))
        {
            return place;
        }

        if (PathText.Ancestors(place).FirstOrDefault(a => FileNode.Look(a).Kind != FileNodeKind.Nothing) is { } above
            && FileNode.Look(above).Kind != FileNodeKind.Folder)
        {
            throw new IOException($"'{above}' is a file, so that nothing can be below it.");
        }

        FileNode node = FileNode.Look(place);
        string? obstacle = node.Kind switch
        {
            FileNodeKind.Nothing => null,
            FileNodeKind.File when node.Names == 1 => null,
            FileNodeKind.File => "a file with another name beside this one (a hard link)",
            _ => FileNode.Describe(node.Kind),
        };
        return obstacle is null ? place : throw new IOException(
            $"There is {obstacle} at '{place}', which is left as it is. Remove it, or let the manifest name another file.");
    }

    /// <summary>Returns the owner of a path; empty if it is not in a listed folder, null if the file may be written.</summary>
    private static string? FindOwner(string path, string[] roots, ProtectedPlaces places)
    {
        string[] around = [.. roots.Where(r => PathText.IsBelow(path, r) || (r == path && IsKey(path)))];
        string?[] owners =
            [.. (around.Length > 0 ? around : roots).Select(r => places.FindOwner(path, r)).DefaultIfEmpty(places.FindOwner(path, path))];
        return around.Length == 0 ? owners.Any(o => o is null) ? string.Empty : owners[0]
            : ProtectedPlaces.IsKeyDevice(path) && !IsKey(path) ? "belongs to the operating system"
            : owners.Any(o => o is null) ? null
            : owners[0];
    }
}
