namespace MarbleRun.Coordinator.Secrets;

/// <summary>What a user sends as the value of a secret. Null was not sent; empty was sent as empty.</summary>
/// <param name="Key">The bytes of a symmetric or plain secret.</param>
/// <param name="Certificate">DER.</param>
/// <param name="Private">The certificate's key, PKCS #8 DER by convention.</param>
internal sealed record UploadedSecret(byte[]? Key, byte[]? Certificate, byte[]? Private)
{
    public override string ToString() => "uploaded secret";
}
