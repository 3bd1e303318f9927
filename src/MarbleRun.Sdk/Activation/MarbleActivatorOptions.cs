using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation;

/// <summary>Specifies an activation: the options of the Marble, and services that replace those of the process.</summary>
/// <param name="marble">Specifies how this process becomes a Marble.</param>
public sealed class MarbleActivatorOptions(MarbleOptions marble)
{
    private TimeProvider _timeProvider = TimeProvider.System;

    /// <summary>Specifies how this process becomes a Marble.</summary>
    public MarbleOptions Marble { get; } = marble ?? throw new ArgumentNullException(nameof(marble));

    /// <summary>Attests this process; there is no activation without a quote. Null, the default, uses the detected platform.</summary>
    public IQuoteIssuer? QuoteIssuer { get; set; }

    /// <summary>
    /// Returns the issuer that an activation uses if <see cref="QuoteIssuer"/> is null: the simulation if the Marble's options request it,
    /// else the detected platform. It opens the platform, so call it where the process has the right to do so.
    /// </summary>
    /// <exception cref="AttestationException">No platform was found, or it cannot be used.</exception>
    public IQuoteIssuer CreateQuoteIssuer() => QuoteIssuers.Choose(Marble, _timeProvider);

    /// <summary>Receives the files and variables from the manifest. Null, the default, applies them to this process.</summary>
    public IParameterTarget? ParameterTarget { get; set; }

    /// <summary>The clock. The default is the system's.</summary>
    public TimeProvider TimeProvider
    {
        get => _timeProvider;
        set => _timeProvider = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Receives names and reasons, never values. Null, the default, writes warnings to standard error.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>
    /// Whether this process will renew its certificate, so that the Coordinator issues one that ends soon. <c>AddMarble()</c> renews; an
    /// app that uses only the activator does not, like the launcher, which replaces itself by a service; and child processes that got the
    /// identity by <see cref="MarbleOptions.ExportIdentity"/> cannot.
    /// </summary>
    internal bool Renews { get; set; }

    /// <summary>The accepted hardware vendors. No app sets them, because the root determines the Coordinator.</summary>
    internal HardwareRoots Roots { get; set; } = HardwareRoots.Vendors;
}
