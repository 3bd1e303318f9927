using System.Globalization;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>How long a durable write takes. Only in a folder that the user names, because it writes a temporary file.</summary>
internal sealed class DurableWriteCheck() : SimpleCheck(
    "disk.fsync", "time of a durable write (only with --folder)", "docs/sealed-state.md#when-the-files-are-written")
{
    private static readonly TimeSpan s_most = TimeSpan.FromMilliseconds(20);

    protected override Finding? Look(Examination examination)
    {
        if (examination.Options.Folder is not { } folder || examination.Machine.Files.LookAt(folder) is null)
        {
            return null;
        }

        try
        {
            DurableWrites writes = examination.Machine.Files.MeasureDurableWrites(folder, CancellationToken.None);
            double median = writes.Median.TotalMilliseconds;
            string found = string.Create(
                CultureInfo.InvariantCulture,
                $"{median:0.0} ms for 4 KiB (median of {writes.Count}), at most {writes.Slowest.TotalMilliseconds:0.0} ms");
            return writes.Median <= s_most
                ? Good(found)
                : Warn(
                    found,
                    $"{s_most.TotalMilliseconds:0} ms or less: each change and each activation waits for it",
                    "Use a disk with a write cache that survives a power failure, or a faster volume.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(
                $"{folder} can't be written: {e.Message}",
                "a folder that the user of the Coordinator can write to",
                "Run the command as that user, or change the owner of the folder.");
        }
    }
}
