using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.TestSupport;

/// <summary>One renewal as a <see cref="FakeCoordinator"/> got it.</summary>
/// <param name="Challenge">The challenge that the Marble answers.</param>
/// <param name="Evidence">A record of the Conceptual Message Wrapper.</param>
/// <param name="Request">PKCS#10, DER.</param>
/// <param name="ClientCertificate">The TLS client's certificate: the current one of the Marble.</param>
public sealed record FakeRenewal(byte[] Challenge, byte[] Evidence, byte[] Request, X509Certificate2 ClientCertificate)
{
    /// <summary>Cancelled when the Marble gives up the call.</summary>
    public CancellationToken Abandoned { get; init; }

    /// <summary>The version of the parameters that the Marble has; null if it wants none.</summary>
    public string? KnownParameters { get; init; }
}
