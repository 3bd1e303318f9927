using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.AspNetCore;

/// <summary>Knows whether the app has endpoints that answer callers without a Marble's certificate. The app may add and remove endpoints while it runs.</summary>
internal sealed class OpenEndpoints(IServiceProvider services)
{
    private Answer? _answer;

    /// <summary>Whether there is one. False while the pipeline is not built, and for an app without routing.</summary>
    public bool Any
    {
        get
        {
            if (_answer is { Token.HasChanged: false } known)
            {
                return known.Any;
            }

            if (services.GetService<EndpointDataSource>() is not { } source)
            {
                return false;
            }

            // The token first: what changes meanwhile makes this answer an old one.
            IChangeToken token = source.GetChangeToken();
            bool any = source.Endpoints.Any(e => e.Metadata.GetMetadata<AnyCallerMetadata>() is not null);
            _answer = new Answer(token, any);
            return any;
        }
    }

    private sealed record Answer(IChangeToken Token, bool Any);
}
