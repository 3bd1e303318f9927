using MarbleRun.Attestation;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The data that a Marble sent. Only its possession of the certificate's key is verified.</summary>
/// <param name="Certificate">The TLS client certificate, DER.</param>
/// <param name="Quote">The evidence; may be empty.</param>
/// <param name="Csr">PKCS#10, DER.</param>
/// <param name="MarbleType">The requested type.</param>
/// <param name="Uuid">The instance that the Marble claims to be.</param>
internal sealed record ActivationRequest(
    ReadOnlyMemory<byte> Certificate, Quote Quote, ReadOnlyMemory<byte> Csr, string MarbleType, string Uuid)
{
    /// <summary>The caller, for limits.</summary>
    public required Caller Caller { get; init; }
}
