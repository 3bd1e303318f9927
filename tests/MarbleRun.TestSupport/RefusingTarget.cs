using System.Collections.Concurrent;
using MarbleRun.Activation.Targets;

namespace MarbleRun.TestSupport;

/// <summary>Takes nothing, and remembers what it was to take: after a refused activation, that must be nothing.</summary>
public sealed class RefusingTarget : IParameterTarget
{
    /// <summary>Paths and names, in their order.</summary>
    public ConcurrentQueue<string> Taken { get; } = new();

    public void WriteFile(string path, ReadOnlyMemory<byte> content) => Taken.Enqueue(path);

    public void SetVariable(string name, string value) => Taken.Enqueue(name);
}
