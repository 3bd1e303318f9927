using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.Stores;

/// <summary>
/// Real file operations of a process that is killed at a chosen moment: from there on nothing happens any more. A write that is hit
/// leaves half of its bytes behind.
/// </summary>
internal sealed class CrashingFileOperations(int operationsBeforeCrash) : IFileOperations
{
    private readonly FileOperations _real = new();
    private int _remaining = operationsBeforeCrash;

    public bool Crashed { get; private set; }

    public byte[]? Read(string path) => _real.Read(path);

    public void WriteDurably(string path, ReadOnlySpan<byte> content)
    {
        if (Dies())
        {
            _real.WriteDurably(path, content[..(content.Length / 2)]);
            throw new ProcessKilledException();
        }

        _real.WriteDurably(path, content);
    }

    public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content)
    {
        if (Dies())
        {
            _real.AppendDurably(path, offset, content[..(content.Length / 2)]);
            throw new ProcessKilledException();
        }

        _real.AppendDurably(path, offset, content);
    }

    public void Rename(string source, string destination)
    {
        DieIfTime();
        _real.Rename(source, destination);
    }

    public void Delete(string path)
    {
        DieIfTime();
        _real.Delete(path);
    }

    public void FlushDirectory(string directory)
    {
        DieIfTime();
        _real.FlushDirectory(directory);
    }

    private void DieIfTime()
    {
        if (Dies())
        {
            throw new ProcessKilledException();
        }
    }

    private bool Dies()
    {
        if (Crashed)
        {
            throw new ProcessKilledException();
        }

        return Crashed = _remaining-- == 0;
    }

    /// <summary>No error of the file system: it is not caught.</summary>
    internal sealed class ProcessKilledException : Exception;
}
