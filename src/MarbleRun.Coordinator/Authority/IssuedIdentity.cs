using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Authority;

/// <summary>The identity of a Marble: a certificate and its key, which the Coordinator does not keep.</summary>
/// <param name="Certificate">The leaf, DER.</param>
/// <param name="PrivateKey">PKCS#8 DER.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo DER.</param>
internal sealed record IssuedIdentity(byte[] Certificate, byte[] PrivateKey, byte[] PublicKey) : IDisposable
{
    public void Dispose() => CryptographicOperations.ZeroMemory(PrivateKey);

    public override string ToString() => "issued identity";
}
