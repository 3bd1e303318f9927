using System.Diagnostics;
using System.Text;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The file system of this machine.</summary>
internal sealed class SystemFiles : IMachineFiles
{
    private const int LongestText = 256 * 1024;
    private const int Writes = 21;
    private const int BlockSize = 4096;

    public bool Exists(string path) => Path.Exists(path);

    public string? ReadText(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            var buffer = new byte[LongestText];
            int count = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    public Stream? Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    public bool CanOpen(string path, FileAccess access)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    public FolderFacts? LookAt(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var drive = new DriveInfo(Path.GetFullPath(folder));
        return new FolderFacts(
            drive.DriveFormat, drive.AvailableFreeSpace, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(folder));
    }

    public DurableWrites MeasureDurableWrites(string folder, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, $".marblerun-doctor-{Guid.NewGuid():n}");
        var block = new byte[BlockSize];
        var times = new List<TimeSpan>(Writes);
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            while (times.Count < Writes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                file.Position = 0;
                file.Write(block);
                file.Flush(flushToDisk: true);
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }
        finally
        {
            File.Delete(path);
        }

        times.Sort();
        return new DurableWrites(times.Count, times[times.Count / 2], times[^1]);
    }
}
