namespace MarbleRun.Coordinator.Attestation;

/// <summary>What came of a quote's verification.</summary>
/// <param name="TcbStatus">The state of its platform.</param>
/// <param name="Signature">ECDSA by the root key, DER.</param>
internal sealed record SignedQuote(string TcbStatus, ReadOnlyMemory<byte> Signature);
