using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>The result of <c>AddMarble()</c>: a handle for extension methods.</summary>
public interface IMarbleBuilder
{
    /// <summary>The services of the host.</summary>
    IServiceCollection Services { get; }
}
