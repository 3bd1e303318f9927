namespace MarbleRun.Files;

/// <summary>What can stand at a path.</summary>
internal enum FileNodeKind
{
    Nothing = 0,
    File,
    Folder,
    Link,
    Fifo,
    Socket,
    Device,
}
