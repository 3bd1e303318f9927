using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Lets routing choose for an <see cref="UnverifiedCall"/> the endpoint that it would choose for a Marble, or a refusal: never the next
/// best match, because then an open <c>/files/{**path}</c> would answer instead of a closed <c>/files/private</c>.
/// </summary>
internal sealed class OpenEndpointPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    /// <summary>Runs last: methods, hosts and content types have been checked, and dynamic endpoints have been added.</summary>
    public override int Order => int.MaxValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        if (httpContext.Features.Get<UnverifiedCall>() is { } call)
        {
            Apply(httpContext, candidates, call);
        }

        return Task.CompletedTask;
    }

    private static void Apply(HttpContext context, CandidateSet candidates, UnverifiedCall call)
    {
        int? best = null;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (!candidates.IsValidCandidate(i))
            {
                continue;
            }

            best ??= candidates[i].Score;
            if (candidates[i].Score != best)
            {
                candidates.SetValidity(i, false);
            }
            else if (call.Admits(candidates[i].Endpoint))
            {
                candidates.ReplaceEndpoint(i, call.Watch(candidates[i].Endpoint), candidates[i].Values);
            }
            else
            {
                context.SetEndpoint(UnverifiedCall.Refusal);
                context.Request.RouteValues = null!;
                return;
            }
        }
    }
}
