using System.Net;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>Coordinators over one store whose manifest two users change together.</summary>
public abstract class GovernedPeerTest : PeerTest
{
    private readonly UserClient _anna = new("anna");
    private readonly UserClient _bert = new("bert");

    /// <summary>A manifest with a Marble type that may be activated three times.</summary>
    /// <param name="coordinators">The code that it lists.</param>
    /// <param name="change">Changes it.</param>
    private protected string Governed(string coordinators, Action<JsonObject>? change = null)
    {
        JsonObject manifest = JsonNode.Parse($$"""
            {
              "Packages": { "app": { "UniqueID": "{{Platform.MeasureRunningProcess().UniqueId}}" } },
              "Marbles": { "web": { "Package": "app" }, "limited": { "Package": "app", "MaxActivations": 3 } },
              "Roles": { "manage": { "ResourceType": "Manifest", "Actions": ["UpdateManifest"] } },
              "Users": {},
              "Config": { "UpdateThreshold": 2 }
            }
            """)!.AsObject();
        manifest["Coordinators"] = new JsonObject(coordinators.Select(
            c => KeyValuePair.Create($"code-{c}", (JsonNode?)new JsonObject { ["UniqueID"] = new string(c, 64) })));
        manifest.AddUser("anna", _anna, "manage");
        manifest.AddUser("bert", _bert, "manage");
        change?.Invoke(manifest);
        return manifest.Write();
    }

    private protected static async Task SetAsync(CoordinatorHost host, string manifest)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(manifest), Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>One user starts an update, and the other acknowledges it, perhaps at another Coordinator.</summary>
    private protected async Task UpdateAsync(CoordinatorHost start, CoordinatorHost end, string manifest)
    {
        await BeginUpdateAsync(start, manifest);
        (HttpStatusCode status, string body) = await EndUpdateAsync(end, manifest);
        Assert.True(status == HttpStatusCode.OK, body);
    }

    private protected async Task BeginUpdateAsync(CoordinatorHost host, string manifest)
    {
        (HttpStatusCode status, string body) = await TryBeginUpdateAsync(host, manifest);
        Assert.True(status == HttpStatusCode.OK, body);
    }

    private protected async Task<(HttpStatusCode Status, string Body)> TryBeginUpdateAsync(CoordinatorHost host, string manifest)
    {
        (HttpStatusCode status, _, string body) = await _anna.SendAsync(host, HttpMethod.Post, "/api/v2/update", GovernedMesh.V2(manifest));
        return (status, body);
    }

    private protected async Task<(HttpStatusCode Status, string Body)> EndUpdateAsync(CoordinatorHost host, string manifest)
    {
        (HttpStatusCode status, _, string body) =
            await _bert.SendAsync(host, HttpMethod.Post, "/api/v2/update-manifest", GovernedMesh.V2(manifest));
        return (status, body);
    }

    /// <summary>The Coordinator looks at the store.</summary>
    private protected static ValueTask LookAsync(CoordinatorHost host) =>
        host.Services.GetRequiredService<StateFreshness>().RequireNewestAsync(Cancellation);

    protected override void Dispose(bool disposing)
    {
        _anna.Dispose();
        _bert.Dispose();
        base.Dispose(disposing);
    }
}
