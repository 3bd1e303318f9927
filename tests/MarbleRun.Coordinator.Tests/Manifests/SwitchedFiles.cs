using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>A disk that a test replaces while a Coordinator runs on it.</summary>
internal sealed class SwitchedFiles : IFileOperations
{
    private static readonly FileOperations s_real = new();

    public IFileOperations Inner { get; set; } = s_real;

    public void Repair() => Inner = s_real;

    public byte[]? Read(string path) => Inner.Read(path);

    public void WriteDurably(string path, ReadOnlySpan<byte> content) => Inner.WriteDurably(path, content);

    public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => Inner.AppendDurably(path, offset, content);

    public void Rename(string source, string destination) => Inner.Rename(source, destination);

    public void Delete(string path) => Inner.Delete(path);

    public void FlushDirectory(string directory) => Inner.FlushDirectory(directory);

    /// <summary>Takes what is appended, and nothing else.</summary>
    internal sealed class Full : IFileOperations
    {
        public byte[]? Read(string path) => s_real.Read(path);

        public void WriteDurably(string path, ReadOnlySpan<byte> content) => throw new IOException("No space left on device");

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => s_real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => s_real.Rename(source, destination);

        public void Delete(string path) => s_real.Delete(path);

        public void FlushDirectory(string directory) => s_real.FlushDirectory(directory);
    }
}
