using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The network. Only public data are requested, and nothing but requests is sent.</summary>
internal interface IMachineNetwork
{
    /// <summary>Connects to a port, and tries TLS. Any certificate is accepted and remembered: it is what is looked at.</summary>
    Task<ServerFacts> ConnectAsync(string host, int port, CancellationToken cancellationToken);

    /// <summary>Requests a page of a server; over https with any certificate, because only public data are read.</summary>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    Task<PageFacts> GetAsync(Uri address, CancellationToken cancellationToken);

    /// <summary>Requests the quote and the certificates of a Coordinator. They are not verified.</summary>
    /// <exception cref="CoordinatorException">There is no such answer.</exception>
    Task<CoordinatorEvidence> GetEvidenceAsync(string address, CancellationToken cancellationToken);

    /// <summary>Opens a source of collateral, a service or a bundle folder.</summary>
    ICollateralProvider OpenCollateral(string source, CollateralUpdate update);
}
