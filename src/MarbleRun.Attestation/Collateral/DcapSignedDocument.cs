namespace MarbleRun.Attestation.Collateral;

/// <summary>TCB info or QE identity as its vendor signed it. The bytes must not change while a verifier uses them.</summary>
/// <param name="Body">
/// The JSON text of the object under <c>tcbInfo</c> or <c>enclaveIdentity</c>, UTF-8, byte for byte as signed. Reading the text and writing
/// it again can change it.
/// </param>
/// <param name="Signature">ECDSA P-256 with SHA-256 over <paramref name="Body"/>, r then s, big-endian, 64 bytes.</param>
/// <param name="IssuerChain">PEM in ASCII, the TCB signing certificate first and the root last.</param>
public sealed record DcapSignedDocument(ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> IssuerChain);
