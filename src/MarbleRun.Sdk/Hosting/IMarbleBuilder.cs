using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

/// <summary>What <c>AddMarble()</c> returns: a handle for extension methods.</summary>
public interface IMarbleBuilder
{
    /// <summary>The services that the Marble's are registered in.</summary>
    IServiceCollection Services { get; }
}
