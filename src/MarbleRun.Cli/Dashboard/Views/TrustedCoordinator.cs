using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>A Coordinator whose quote was accepted.</summary>
/// <param name="Root">The root certificate that the quote vouches for.</param>
/// <param name="Intermediate">The certificate that issues those of the Marbles.</param>
/// <param name="Verdict">The verdict about the quote.</param>
internal sealed record TrustedCoordinator(X509Certificate2 Root, X509Certificate2 Intermediate, Verdict Verdict);
