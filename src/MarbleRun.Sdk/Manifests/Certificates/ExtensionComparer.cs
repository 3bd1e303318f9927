using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Certificates;

/// <summary>Compares extensions by their content.</summary>
internal sealed class ExtensionComparer : IEqualityComparer<X509Extension>
{
    public static ExtensionComparer Instance { get; } = new();

    public bool Equals(X509Extension? x, X509Extension? y) =>
        x?.Oid?.Value == y?.Oid?.Value && x?.Critical == y?.Critical && (x?.RawData).AsSpan().SequenceEqual(y?.RawData);

    public int GetHashCode([DisallowNull] X509Extension obj) => HashCode.Combine(obj.Oid?.Value, obj.Critical, obj.RawData.Length);
}
