using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>
/// The evidence of a Coordinator as the server sent it, not verified: see <see cref="CoordinatorClient.VerifyCoordinatorAsync"/>.
/// </summary>
/// <param name="Root">The root certificate; the quote's report data are to be SHA-256 of its DER and the nonce.</param>
/// <param name="Intermediate">The certificate that issues the Marbles' certificates.</param>
/// <param name="Quote">The quote; empty from a Coordinator of MarbleRun 1.9 in simulation.</param>
public sealed record CoordinatorEvidence(X509Certificate2 Root, X509Certificate2 Intermediate, Quote Quote);
