using MarbleRun.AspNetCore;
using MarbleRun.Identity;

namespace Microsoft.AspNetCore.Http;

/// <summary>Gives the handler of a request access to the Marble that called.</summary>
public static class MarbleHttpContextExtensions
{
    /// <summary>Gets the verified Marble on the other side of the connection, or null if the caller is not a Marble.</summary>
    /// <param name="context">The request.</param>
    public static MarblePeer? GetMarblePeer(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<MarblePeerFeature>()?.Peer;
    }
}
