using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Watching;

/// <summary>The way to the Coordinator.</summary>
internal interface ICoordinatorDoor
{
    /// <summary>The client address, <c>host:port</c>.</summary>
    string Address { get; }

    /// <summary>The user as whom calls are made, or null.</summary>
    X509Certificate2? User { get; }

    /// <summary>Verifies the quote of what answers at the address.</summary>
    /// <exception cref="CoordinatorVerificationException">It is not trustworthy, or nothing answers.</exception>
    Task<TrustedCoordinator> AttestAsync(CancellationToken cancellationToken);

    /// <summary>Opens connections that are pinned to the verified root.</summary>
    ICoordinatorClient Open(TrustedCoordinator coordinator);
}
