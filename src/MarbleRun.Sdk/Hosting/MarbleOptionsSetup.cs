using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Hosting;

/// <summary>
/// Sets the options from the section, then from the environment. Values that the app sets in code are registered after this and override
/// both.
/// </summary>
internal sealed class MarbleOptionsSetup(IServiceProvider services) : IConfigureOptions<MarbleOptions>
{
    public void Configure(MarbleOptions options)
    {
        if (services.GetService<IConfiguration>() is { } configuration)
        {
            MarbleOptionsSource.ReadSection(configuration, options);
        }

        MarbleOptionsSource.ReadEnvironment(Environment.GetEnvironmentVariable, options);
    }
}
