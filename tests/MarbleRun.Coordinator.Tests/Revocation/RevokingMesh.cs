using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Revocation;

/// <summary>A mesh in which Anna and Bert may revoke all Marbles, Cara those of type web, and Rita lists those of type web.</summary>
internal static class RevokingMesh
{
    public const string Path = "/api/v2/revocations";

    public static Task<GovernedMesh> StartAsync(
        ulong threshold = 0, Action<JsonObject>? change = null, Action<IServiceCollection>? configure = null,
        params (string Member, string Value)[] settings) =>
        GovernedMesh.StartAsync(
            manifest =>
            {
                SetRoles(manifest);
                manifest["Config"]!["RevocationThreshold"] = threshold;
                change?.Invoke(manifest);
            },
            configure,
            settings);

    public static void SetRoles(JsonObject manifest)
    {
        JsonNode roles = manifest["Roles"]!;
        roles["guard"] = JsonNode.Parse(
            """{"ResourceType":"Marbles","ResourceNames":["web","uploaded","before","signed","limited"],"Actions":["RevokeMarble"]}""");
        roles["webGuard"] = JsonNode.Parse("""{"ResourceType":"Marbles","ResourceNames":["web"],"Actions":["RevokeMarble"]}""");
        roles["webReader"] = JsonNode.Parse("""{"ResourceType":"Marbles","ResourceNames":["web"],"Actions":["ReadMarbles"]}""");
        manifest["Users"]!["anna"]!["Roles"]!.AsArray().Add("guard");
        manifest["Users"]!["bert"]!["Roles"]!.AsArray().Add("guard");
        manifest["Users"]!["cara"]!["Roles"]!.AsArray().Add("webGuard");
        manifest["Users"]!["rita"]!["Roles"]!.AsArray().Add("webReader");
    }

    public static Task<Answer> RevokeAsync(this GovernedMesh mesh, UserClient? user, string kind, string value, string reason = "stolen") =>
        mesh.SendAsync(
            user,
            Path,
            new JsonObject { ["Subject"] = new JsonObject { [kind] = value }, ["Reason"] = reason }.ToJsonString());

    public static async Task<Answer> LiftAsync(this GovernedMesh mesh, UserClient user, string number)
    {
        (HttpStatusCode status, string type, string text) = await user.SendAsync(mesh.Host, HttpMethod.Delete, $"{Path}/{number}", null);
        return new Answer(status, type, text);
    }

    /// <summary>Activates, and reads the certificate that the Marble got.</summary>
    public static async Task<X509Certificate2> EnterAsync(this GovernedMesh mesh, string type = "web", Guid? uuid = null)
    {
        Dictionary<string, string> environment = await mesh.ActivateAsync(type, uuid?.ToString());
        return X509Certificate2.CreateFromPem(
            environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"], environment["MARBLE_PREDEFINED_PRIVATE_KEY"]);
    }

    /// <summary>Why an activation was refused; null if the Marble was let in.</summary>
    public static async Task<string?> RefusalAsync(this GovernedMesh mesh, string type = "web", Guid? uuid = null)
    {
        try
        {
            (await mesh.EnterAsync(type, uuid)).Dispose();
            return null;
        }
        catch (RpcException exception)
        {
            Assert.Equal(StatusCode.PermissionDenied, exception.StatusCode);
            return exception.Status.Detail;
        }
    }

    /// <summary>Lists the identity of a Marble that showed its certificate.</summary>
    public static KnownMarble RecordShown(this MarbleRegistry registry, X509Certificate2 certificate)
    {
        Assert.True(MarblePeer.TryRead(certificate, out MarblePeer? marble));
        return registry.Record(certificate, marble);
    }

    public static string Refused(int number) => $"marble verification failed: this Marble is revoked (revocation {number})";

    public static string HashOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public static JsonElement Revocation(this Answer answer) => answer.Require().Data.GetProperty("revocation");

    public static string[] Strings(this JsonElement element, string member) =>
        [.. element.GetProperty(member).EnumerateArray().Select(e => e.GetString()!)];
}
