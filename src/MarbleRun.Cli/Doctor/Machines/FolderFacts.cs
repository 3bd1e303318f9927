namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>What a folder is.</summary>
/// <param name="FileSystem">The name of the file system, like <c>ext4</c>.</param>
/// <param name="FreeBytes">What this user can still write there.</param>
/// <param name="Mode">The rights; null where the system has none.</param>
internal sealed record FolderFacts(string FileSystem, long FreeBytes, UnixFileMode? Mode);
