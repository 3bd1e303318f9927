using MarbleRun.Coordinator.State;
using MarbleRun.Management;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http;

/// <summary><c>GET /status</c> and <c>GET /api/v2/status</c>.</summary>
internal sealed class StatusEndpoints(CurrentState current, StateDurability durability, IOptions<CoordinatorOptions> options)
    : IApiEndpoints
{
    public void Map(ApiRoutes routes)
    {
        routes.GetFromOlder("/status", context => AnswerAsync(context, "StatusCode", "StatusMessage", sealing: null));
        routes.GetFromOlder("/api/v2/status", context => AnswerAsync(context, "code", "message", durability.Describe()));
    }

    private Task AnswerAsync(HttpContext context, string codeName, string messageName, string? sealing)
    {
        CoordinatorPhase phase = current.Value.Phase;
        return JSend.SuccessAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber(codeName, (int)phase);
            writer.WriteString(messageName, phase switch
            {
                CoordinatorPhase.Recovery when !options.Value.StartAfresh =>
                    "Coordinator is in recovery mode. Upload a key to unseal the saved state. "
                    + "For more information on how to proceed, consult the documentation.",
                CoordinatorPhase.Recovery =>
                    "Coordinator is in recovery mode. Either upload a key to unseal the saved state, or set a new manifest. "
                    + "For more information on how to proceed, consult the documentation.",
                CoordinatorPhase.AcceptingManifest => "Coordinator is ready to accept a manifest.",
                _ => "Coordinator is running correctly and ready to accept marbles.",
            });
            if (sealing is not null)
            {
                writer.WriteString("sealing", sealing);
            }

            writer.WriteEndObject();
        });
    }
}
