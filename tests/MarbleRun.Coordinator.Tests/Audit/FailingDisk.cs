using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>A disk that is full while somebody says so: of what is written then, only a part arrives.</summary>
internal sealed class FailingDisk : IFileOperations
{
    private readonly FileOperations _real = new();

    public bool IsFull { get; set; }

    /// <summary>How many times something was appended.</summary>
    public int Appends { get; private set; }

    public byte[]? Read(string path) => _real.Read(path);

    public void WriteDurably(string path, ReadOnlySpan<byte> content) => _real.WriteDurably(path, content);

    public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content)
    {
        Appends++;
        if (IsFull)
        {
            _real.AppendDurably(path, offset, content[..(content.Length / 3)]);
            throw new IOException("No space left on device");
        }

        _real.AppendDurably(path, offset, content);
    }

    public void Rename(string source, string destination) => _real.Rename(source, destination);

    public void Delete(string path) => _real.Delete(path);

    public void FlushDirectory(string directory) => _real.FlushDirectory(directory);
}
