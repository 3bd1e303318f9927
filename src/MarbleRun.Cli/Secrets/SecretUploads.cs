using System.Security.Cryptography;
using MarbleRun.Management;

namespace MarbleRun.Cli.Secrets;

/// <summary>Secrets on their way from a file to the Coordinator; their bytes are cleared at the end.</summary>
internal sealed class SecretUploads : IDisposable
{
    private readonly SortedDictionary<string, NewSecret> _values = new(StringComparer.Ordinal);
    private readonly List<byte[]> _private = [];

    public IReadOnlyDictionary<string, NewSecret> Values => _values;

    public void Add(string name, byte[]? key, byte[]? certificate, byte[]? privateKey)
    {
        _private.AddRange(new[] { key, privateKey }.OfType<byte[]>());
        _values[name] = key is not null && certificate is null && privateKey is null
            ? NewSecret.OfKey(key)
            : NewSecret.OfCertificate(certificate, privateKey);
    }

    public void Dispose() => _private.ForEach(bytes => CryptographicOperations.ZeroMemory(bytes));
}
