using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Audit;

/// <summary>The proved identity of a caller.</summary>
/// <param name="User">The user's name in the manifest, or null.</param>
/// <param name="CertificateHash">SHA-256 of the certificate whose key the connection proved, in lower-case hex, or null.</param>
internal readonly record struct AuditActor(string? User, string? CertificateHash)
{
    public static AuditActor Of(MeshUser user) => new(user.Name, Hash(user.Certificate.Span));

    public static AuditActor Of(X509Certificate2? leaf) => new(null, leaf is null ? null : Hash(leaf.RawDataMemory.Span));

    public static AuditActor Of(ReadOnlySpan<byte> leaf) => new(null, leaf.IsEmpty ? null : Hash(leaf));

    private static string Hash(ReadOnlySpan<byte> certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate));
}
