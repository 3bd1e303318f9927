namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Whether the file system keeps what is written.</summary>
internal sealed class FileSystemCheck() : SimpleCheck("disk.filesystem", "kind of file system", "docs/sealed-state.md#backup")
{
    private static readonly string[] s_volatile = ["tmpfs", "ramfs"];
    private static readonly string[] s_doubtful =
        ["overlay", "overlayfs", "aufs", "nfs", "nfs4", "cifs", "smb", "smb2", "9p", "v9fs", "fuse"];

    protected override Finding? Look(Examination examination)
    {
        if (FolderCheck.Folder(examination) is not { } folder || examination.Machine.Files.LookAt(folder) is not { } facts)
        {
            return null;
        }

        string name = facts.FileSystem;
        return s_volatile.Contains(name, StringComparer.OrdinalIgnoreCase) ? Fail(
                $"{folder} is in memory ({name})", "a disk", "Mount a volume there: the state would be lost with each restart.")
            : s_doubtful.Contains(name, StringComparer.OrdinalIgnoreCase) ? Warn(
                $"{folder} is on {name}",
                "a local file system or a block volume, like ext4 or xfs",
                "Mount a volume: a layer of a container goes with it, and a network's file system can lose what it confirmed.")
            : Good(name);
    }
}
