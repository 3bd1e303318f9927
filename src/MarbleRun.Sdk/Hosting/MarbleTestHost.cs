using MarbleRun.Activation;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>
/// What a test puts in the place of the platform for <c>builder.AddMarble()</c>, which activates before any hook of a test host runs: services (a quote issuer, a
/// clock, a parameter target) and options. It holds in the flow of execution that entered it, and code of the process alone can enter it.
/// <c>MarbleRun.Testing</c> does.
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

    /// <summary>Enters it until it is disposed.</summary>
    /// <param name="services">Registers instances, before the app's own calls.</param>
    /// <param name="options">Sets options, over what configuration and code of the app say.</param>
    public static MarbleTestHost Enter(Action<IServiceCollection> services, Action<MarbleOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return s_current.Value = new MarbleTestHost(services, options);
    }

    /// <summary>Leaves it.</summary>
    public void Dispose() => s_current.Value = _outer;
}
