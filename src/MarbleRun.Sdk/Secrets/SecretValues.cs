using System.Collections.Frozen;

namespace MarbleRun.Secrets;

/// <summary>What the manifest gave this Marble: the bytes of its variables and files, by their names in the manifest.</summary>
internal sealed class SecretValues
{
    private readonly FrozenDictionary<string, ReadOnlyMemory<byte>> _variables;
    private readonly FrozenDictionary<string, ReadOnlyMemory<byte>> _files;

    public SecretValues(
        IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> variables, IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files)
    {
        _variables = variables.ToFrozenDictionary(StringComparer.Ordinal);
        _files = files.ToFrozenDictionary(StringComparer.Ordinal);
        Names = [.. _variables.Keys.Concat(_files.Keys).Distinct().Order(StringComparer.Ordinal)];
    }

    public static SecretValues None { get; } = new([], []);

    public IReadOnlyList<string> Names { get; }

    /// <exception cref="KeyNotFoundException">The name is both a variable and a file.</exception>
    public bool TryGet(string name, out ReadOnlyMemory<byte> value)
    {
        bool isVariable = _variables.TryGetValue(name, out value);
        if (!_files.TryGetValue(name, out ReadOnlyMemory<byte> file))
        {
            return isVariable;
        }

        if (isVariable)
        {
            throw SecretFailures.Ambiguous(name);
        }

        value = file;
        return true;
    }
}
