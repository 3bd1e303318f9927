using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>Marks a service collection that <c>AddMarble()</c> has filled.</summary>
/// <param name="activatesAtStart">True if the host activates; false if it got the result of an activation.</param>
internal sealed class MarbleServices(bool activatesAtStart)
{
    public bool ActivatesAtStart { get; } = activatesAtStart;

    public static MarbleServices? Find(IServiceCollection services) =>
        services.FirstOrDefault(s => s.ServiceType == typeof(MarbleServices))?.ImplementationInstance as MarbleServices;

    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    public static void ThrowIfMissing(IServiceProvider services, string caller)
    {
        if (services.GetService(typeof(MarbleServices)) is null)
        {
            throw new InvalidOperationException($"{caller} needs the Marble services. Call builder.Services.AddMarble() first.");
        }
    }
}
