using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MarbleRun.Files;

/// <summary>The file system object at a path.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Names">The number of hard links of a file; 1 where the system does not report it.</param>
internal readonly partial record struct FileNode(FileNodeKind Kind, uint Names)
{
    // statx(2) has one layout on every processor, unlike stat(2).
    private const int AtCurrentFolder = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint TypeAndLinks = 0x1 | 0x4;
    private const int StructSize = 256;
    private const int LinksOffset = 16;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int NoEntry = 2;
    private const int NotADirectory = 20;

    /// <summary>Inspects a path. If its last part is a link, the link is not followed.</summary>
    /// <exception cref="IOException">The path cannot be inspected.</exception>
    public static FileNode Look(string path) => OperatingSystem.IsLinux() ? LookOnLinux(path, AtSymlinkNoFollow) : LookElsewhere(path);

    /// <summary>Inspects the target of a path; links are followed.</summary>
    /// <exception cref="IOException">The path cannot be inspected.</exception>
    public static FileNode LookThrough(string path) =>
        OperatingSystem.IsLinux()
            ? LookOnLinux(path, flags: 0)
            : LookElsewhere(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);

    /// <summary>Returns the text for messages.</summary>
    public static string Describe(FileNodeKind kind) => kind switch
    {
        FileNodeKind.Nothing => "nothing",
        FileNodeKind.File => "a file",
        FileNodeKind.Folder => "a folder",
        FileNodeKind.Link => "a link",
        FileNodeKind.Fifo => "a FIFO",
        FileNodeKind.Socket => "a socket",
        _ => "a device",
    };

    [SupportedOSPlatform("linux")]
    private static FileNode LookOnLinux(string path, int flags)
    {
        byte[] buffer = new byte[StructSize];
        if (Statx(AtCurrentFolder, path, flags, TypeAndLinks, buffer) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error is NoEntry or NotADirectory
                ? new FileNode(FileNodeKind.Nothing, 0)
                : throw new IOException($"'{path}' cannot be inspected: {new Win32Exception(error).Message}.");
        }

        FileNodeKind kind = (MemoryMarshal.Read<ushort>(buffer.AsSpan(ModeOffset)) & TypeMask) switch
        {
            0x8000 => FileNodeKind.File,
            0x4000 => FileNodeKind.Folder,
            0xA000 => FileNodeKind.Link,
            0x1000 => FileNodeKind.Fifo,
            0xC000 => FileNodeKind.Socket,
            _ => FileNodeKind.Device,
        };
        return new FileNode(kind, MemoryMarshal.Read<uint>(buffer.AsSpan(LinksOffset)));
    }

    // The platform distinguishes only files, folders and links. No Marble runs there in a trusted execution environment.
    private static FileNode LookElsewhere(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is not null ? new FileNode(FileNodeKind.Link, 1)
            : Directory.Exists(path) ? new FileNode(FileNodeKind.Folder, 1)
            : !file.Exists ? new FileNode(FileNodeKind.Nothing, 0)
            : new FileNode(file.Attributes.HasFlag(FileAttributes.Device) ? FileNodeKind.Device : FileNodeKind.File, 1);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] buffer);
}
