using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>
/// Replaces the platform in a test of <c>builder.AddMarble()</c>, which activates before any hook of a test host runs, with services (a
/// quote issuer, a clock, a parameter target) and options. It applies in the flow of execution that entered it, and only code of the
/// process can enter it. <c>MarbleRun.Testing</c> uses it.
/// </summary>
public sealed class MarbleTestHost : IDisposable
{
    private static readonly AsyncLocal<MarbleTestHost?> s_current = new();

    private readonly MarbleTestHost? _outer;

    private MarbleTestHost(Action<IServiceCollection> services, Action<MarbleOptions> options)
    {
        AddServices = services;
        Configure = options;
        _outer = s_current.Value;
    }

    internal static MarbleTestHost? Current => s_current.Value;

    internal Action<IServiceCollection> AddServices { get; }

    internal Action<MarbleOptions> Configure { get; }

    /// <summary>Enters the test host until it is disposed.</summary>
    /// <param name="services">Registers instances before the app's own calls.</param>
    /// <param name="options">Sets options, over the app's configuration and code.</param>
    public static MarbleTestHost Enter(Action<IServiceCollection> services, Action<MarbleOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return s_current.Value = new MarbleTestHost(services, options);
    }

    /// <summary>Leaves the test host.</summary>
    public void Dispose() => s_current.Value = _outer;
}
