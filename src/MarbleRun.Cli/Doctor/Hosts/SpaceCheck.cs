using System.Globalization;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Free space for state and audit trail.</summary>
internal sealed class SpaceCheck() : SimpleCheck("disk.space", "free space", "docs/sealed-state.md#when-the-files-are-written")
{
    private const long MiB = 1024 * 1024;
    private const long Fewest = 100 * MiB;
    private const long Enough = 1024 * MiB;

    protected override Finding? Look(Examination examination)
    {
        if (FolderCheck.Folder(examination) is not { } folder || examination.Machine.Files.LookAt(folder) is not { } facts)
        {
            return null;
        }

        string found = string.Create(CultureInfo.InvariantCulture, $"{facts.FreeBytes / MiB:N0} MiB are free");
        const string Remedy = "Free space, or use a larger volume: without space, no change of the mesh can be made durable.";
        return facts.FreeBytes < Fewest ? Fail(found, $"{Enough / MiB:N0} MiB or more", Remedy)
            : facts.FreeBytes < Enough ? Warn(found, $"{Enough / MiB:N0} MiB or more", Remedy)
            : Good(found);
    }
}
