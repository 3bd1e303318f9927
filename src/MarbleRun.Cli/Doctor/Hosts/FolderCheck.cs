namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>The folder of the sealed state: whether it exists, and who may write to it.</summary>
internal sealed class FolderCheck() : SimpleCheck("disk.folder", "rights of the folder", "docs/sealed-state.md#sealed-state")
{
    public const string SealDirectory = "EDG_COORDINATOR_SEAL_DIR";

    public static string? Folder(Examination examination) => examination.Options.Folder ?? examination.Variable(SealDirectory);

    protected override Finding? Look(Examination examination)
    {
        if (Folder(examination) is not { } folder)
        {
            return null;
        }

        if (examination.Machine.Files.LookAt(folder) is not { } facts)
        {
            return Fail($"{folder} does not exist", "a folder for the state", "Create it, or mount the volume there.");
        }

        const UnixFileMode OfOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        string mode = facts.Mode is { } rights ? $", mode {Convert.ToString((int)rights, toBase: 8)}" : string.Empty;
        return facts.Mode is { } found && (found & OfOthers) != 0
            ? Warn(
                $"{folder}{mode}: other users may write to it",
                "a folder that only the user of the Coordinator may write to",
                $"chmod 700 {folder}")
            : Good($"{folder}{mode}");
    }
}
