using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Authority;

/// <summary>What a Marble gets: a certificate and the key to it, which the Coordinator forgets.</summary>
/// <param name="Certificate">The leaf, DER.</param>
/// <param name="PrivateKey">PKCS#8 DER.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo DER.</param>
internal sealed record IssuedIdentity(byte[] Certificate, byte[] PrivateKey, byte[] PublicKey) : IDisposable
{
    public void Dispose() => CryptographicOperations.ZeroMemory(PrivateKey);

    public override string ToString() => "issued identity";
}
