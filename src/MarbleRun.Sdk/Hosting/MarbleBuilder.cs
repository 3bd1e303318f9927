using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Hosting;

internal sealed class MarbleBuilder(IServiceCollection services) : IMarbleBuilder
{
    public IServiceCollection Services { get; } = services;
}
