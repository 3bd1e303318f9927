using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Determines whether the app has endpoints that answer callers without a Marble certificate. The app may add and remove endpoints while it
/// runs.
/// </summary>
internal sealed class OpenEndpoints(IServiceProvider services)
{
    private Answer? _answer;

    /// <summary>Whether the app has an open endpoint. False while the pipeline is not built, and for an app without routing.</summary>
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

            // The token is read first: a change in the meantime invalidates this answer.
            IChangeToken token = source.GetChangeToken();
            bool any = source.Endpoints.Any(e => e.Metadata.GetMetadata<AnyCallerMetadata>() is not null);
            _answer = new Answer(token, any);
            return any;
        }
    }

    private sealed record Answer(IChangeToken Token, bool Any);
}
