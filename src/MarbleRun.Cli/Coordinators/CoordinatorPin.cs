using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Cli.Coordinators;

/// <summary>The certificates of a Coordinator that was verified.</summary>
internal sealed record CoordinatorPin(X509Certificate2 Root, X509Certificate2 Intermediate)
{
    public string Fingerprint => Root.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    public bool HasRootOf(CoordinatorPin other) => Root.RawDataMemory.Span.SequenceEqual(other.Root.RawDataMemory.Span);
}
