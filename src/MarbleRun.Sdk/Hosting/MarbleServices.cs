using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>Marks a service collection that <c>AddMarble()</c> has filled.</summary>
internal sealed class MarbleServices
{
    public static bool AreIn(IServiceCollection services) => services.Any(s => s.ServiceType == typeof(MarbleServices));

    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    public static void ThrowIfMissing(IServiceProvider services, string caller)
    {
        if (services.GetService(typeof(MarbleServices)) is null)
        {
            throw new InvalidOperationException($"{caller} needs the Marble services. Call builder.Services.AddMarble() first.");
        }
    }
}
