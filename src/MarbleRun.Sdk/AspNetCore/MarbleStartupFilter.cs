using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace MarbleRun.AspNetCore;

/// <summary>Adds the check of the connection in front of the app's pipeline.</summary>
internal sealed class MarbleStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<MarbleConnectionMiddleware>(new EndpointSelection(app));
        next(app);
    };
}
