using System.Security.Cryptography.X509Certificates;
using MarbleRun.Management;

namespace MarbleRun.Http;

/// <summary>Specifies a Coordinator client of <c>services.AddCoordinatorClient()</c>.</summary>
public sealed class CoordinatorClientOptions
{
    /// <summary>The Coordinator's client address, <c>host:port</c> or <c>https://host:port</c>. Required.</summary>
    public string Address { get; set; } = string.Empty;

    /// <summary>
    /// The expected values. Required. With <see cref="CoordinatorExpectation.ExpectedFingerprint"/> the manifest is verified, too; without
    /// it the Coordinator needs no manifest. Set it only in code: a host that controls it chooses the Coordinator.
    /// </summary>
    public CoordinatorExpectation? Expectation { get; set; }

    /// <summary>
    /// The certificate, with its private key, of the user of the manifest that the client acts as; null, the default, for a client that is
    /// no user. The caller disposes of it.
    /// </summary>
    public X509Certificate2? User { get; set; }
}
