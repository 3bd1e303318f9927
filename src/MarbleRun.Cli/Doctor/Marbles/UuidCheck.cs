using MarbleRun.Identity;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The file that keeps the identity of this instance.</summary>
internal sealed class UuidCheck() : MarbleCheck("marble.uuid", "EDG_MARBLE_UUID_FILE", "docs/operations/identity.md#names")
{
    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        string path = examination.Variable(UuidFile) ?? Path.Combine(examination.Variable("EDG_CWD") ?? ".", "uuid");
        return Task.FromResult<Finding?>(Look(examination, path));
    }

    private Finding Look(Examination examination, string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        if (!examination.Machine.Files.Exists(path))
        {
            return examination.Machine.Files.LookAt(folder) is { } facts
                ? facts.FileSystem is "tmpfs" or "overlay" or "overlayfs"
                    ? Warn(
                        $"{path} will be created on {facts.FileSystem}, and be lost with the container",
                        "a volume",
                        $"Mount a volume, and name a file in it by {UuidFile}: with another UUID, a Marble has other private secrets.")
                    : Good($"{path} will be created")
                : Fail($"the folder of {path} does not exist", "a folder that exists", $"Create it, or set {UuidFile} to another file.");
        }

        string? text = examination.Machine.Files.ReadText(path);
        return text is null ? Fail($"{path} can't be read", "a file that this user can read", "Change its owner or its rights.")
            : MarbleUuid.TryParse(text.TrimEnd('\n'), out Guid uuid) && uuid != Guid.Empty ? Good($"{path}: {MarbleUuid.ToCanonical(uuid)}")
            : Fail(
                $"{path} does not contain a UUID other than zero",
                "one UUID",
                "Write a UUID to it, or delete it to start as a new instance, which gets other private secrets.");
    }
}
