using System.ComponentModel;
using System.Runtime.InteropServices;
using MarbleRun.Files;
using Microsoft.Win32.SafeHandles;

namespace MarbleRun.Coordinator.State.Stores;

/// <summary>The real file operations.</summary>
internal sealed partial class FileOperations : IFileOperations
{
    /// <summary>EEXIST.</summary>
    private const int FileExists = 17;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public byte[]? Read(string path)
    {
        RegularFile.ThrowIfNotRegular(path);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    public void WriteDurably(string path, ReadOnlySpan<byte> content)
    {
        using FileStream file = OpenPrivate(path, FileMode.Create);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content)
    {
        using FileStream file = OpenPrivate(path, FileMode.OpenOrCreate);
        if (file.Length < offset)
        {
            throw new IOException($"'{path}' has {file.Length} bytes instead of {offset}: somebody else cut it.");
        }

        file.SetLength(offset);
        file.Position = offset;
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Creates a file with this content unless the file exists; a second caller changes nothing.</summary>
    /// <returns>Whether the file was made.</returns>
    public bool CreateDurably(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            WriteDurably(temporary, content);

            // A link, unlike a rename and unlike a file that is still being written, either appears whole or not at all.
            if (!OperatingSystem.IsWindows())
            {
                return Link(temporary, path) == 0
                    || (Marshal.GetLastPInvokeError() == FileExists
                        ? false
                        : throw new IOException($"'{path}' could not be made.", new Win32Exception(Marshal.GetLastPInvokeError())));
            }

            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public void Rename(string source, string destination) => File.Move(source, destination, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void FlushDirectory(string directory)
    {
        // Windows has no such call and needs none: NTFS journals its renames.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no folders; POSIX says that a rename is durable only after fsync of the folder.
        using SafeFileHandle handle = Open(directory, 0);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            throw new IOException($"'{directory}' could not be flushed to the disk.", new Win32Exception(Marshal.GetLastPInvokeError()));
        }
    }

    private static FileStream OpenPrivate(string path, FileMode mode)
    {
        // What is written is complete: a buffer would only be allocated. Shared with readers: on Linux, FileShare.None would be a lock that
        // fails while an auditor reads the trail.
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
