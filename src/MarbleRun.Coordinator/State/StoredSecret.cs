namespace MarbleRun.Coordinator.State;

/// <summary>The value of a secret that is kept: generated once for all Marbles, or given by a user. Empty parts were never set.</summary>
/// <param name="Private">The key itself: PKCS #8 DER of a generated certificate, the bytes of other secrets.</param>
/// <param name="Public">SubjectPublicKeyInfo DER of a certificate; for other secrets, the key too.</param>
/// <param name="Certificate">DER; only certificate secrets have one.</param>
internal sealed record StoredSecret(ReadOnlyMemory<byte> Private, ReadOnlyMemory<byte> Public, ReadOnlyMemory<byte> Certificate = default)
{
    public override string ToString() => "secret";
}
