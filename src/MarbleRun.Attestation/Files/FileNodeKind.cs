namespace MarbleRun.Files;

/// <summary>The kinds of file system objects.</summary>
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
