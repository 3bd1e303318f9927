using MarbleRun.Attestation;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Activation;

/// <summary>What a Marble sent, nothing of it checked but that it holds the certificate's key.</summary>
/// <param name="Certificate">The TLS client certificate, DER.</param>
/// <param name="Quote">The evidence; may be empty.</param>
/// <param name="Csr">PKCS#10, DER.</param>
/// <param name="MarbleType">The type that it wants to be.</param>
/// <param name="Uuid">The instance that it says it is.</param>
internal sealed record ActivationRequest(ReadOnlyMemory<byte> Certificate, Quote Quote, ReadOnlyMemory<byte> Csr, string MarbleType, string Uuid)
{
    /// <summary>Who sent it, for limits.</summary>
    public required Caller Caller { get; init; }
}
