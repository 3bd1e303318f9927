using MarbleRun.AspNetCore;
using MarbleRun.Identity;

namespace Microsoft.AspNetCore.Http;

/// <summary>Tells a request's handler which Marble called.</summary>
public static class MarbleHttpContextExtensions
{
    /// <summary>The Marble on the other side of the connection, verified; null if the caller is none.</summary>
    /// <param name="context">The request.</param>
    public static MarblePeer? GetMarblePeer(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<MarblePeerFeature>()?.Peer;
    }
}
