using System.Net;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Shapes of both generations of the API, byte for byte.</summary>
public sealed class UpdateWireTests : CoordinatorTest
{
    [Fact]
    [Case("client-api", "The second acknowledgment leaves one")]
    [Case("updates-and-users", "Status and shape of v1")]
    public async Task V1_WholeUpdate_AnswersStringsAndNull()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);

        Answer started = await mesh.SendAsync(mesh.Anna, "/update", next);
        Answer pending = await mesh.SendAsync(null, "/update-manifest");
        Answer again = await mesh.SendAsync(mesh.Anna, "/update-manifest", next);
        Answer second = await mesh.SendAsync(mesh.Bert, "/update-manifest", next);
        Answer last = await mesh.SendAsync(mesh.Cara, "/update-manifest", next);

        const string Success = "200 application/json {\"status\":\"success\",\"data\":";
        Assert.Equal($"{Success}null}}\n", started.Text);
        Assert.Equal(
            $"{Success}{{\"manifest\":\"{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(next))}\",\"message\":\"2 users still "
            + $"need to acknowledge the update manifest\",\"missingUsers\":[\"bert\",\"cara\"]}}}}\n",
            pending.Text);
        Assert.Equal($"{Success}\"2 users still need to acknowledge the update manifest\"}}\n", again.Text);
        Assert.Equal($"{Success}\"1 user still needs to acknowledge the update manifest\"}}\n", second.Text);
        Assert.Equal($"{Success}\"All users have acknowledged the update manifest. Update successfully applied\"}}\n", last.Text);

        (await mesh.SendAsync(mesh.Anna, "/update", next)).Require();
        Assert.Equal(
            $"{Success}\"Update successfully cancelled\"}}\n", (await mesh.SendAsync(mesh.Bert, "/update-cancel", "ignored")).Text);
    }

    [Fact]
    [Case("client-api", "Full update by the only manager")]
    [Case("observability", "The update log shows what was appended")]
    [Case("updates-and-users", "Log lines of a full update")]
    [Case("updates-and-users", "Log line of a secret that is written")]
    public async Task Log_BothGenerations_HoldTheSameLines()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);
        await mesh.UpdateAsync(next);
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        (await mesh.UploadAsync("text", [1])).Require();

        Answer v1 = await mesh.SendAsync(null, "/update");
        Answer v2 = await mesh.SendAsync(null, "/api/v2/update");

        string[] lines = GovernedMesh.Strings(v2.Data.GetProperty("updateLog"));
        Assert.Equal(string.Concat(lines.Select(l => l + "\n")), v1.Data.GetString());
        Assert.Equal($"{{\"status\":\"success\",\"data\":{{\"updateLog\":[{string.Join(',', lines.Select(Quote))}]}}}}\n", v2.Body);
        Assert.Equal($"{{\"status\":\"success\",\"data\":{Quote(v1.Data.GetString()!)}}}\n", v1.Body);
        string fingerprint = GovernedMesh.Fingerprint(next);
        Assert.Equal(
            [
                """{"update":"Initial manifest set"}""",
                $$"""{"update":"Complete Manifest update initiated by user. Waiting for acknowledgments to apply the update","user":"anna","missingAcknowledgments":2,"missingUsers":["bert","cara"],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"bert","missingAcknowledgments":1,"missingUsers":["cara"],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"cara","missingAcknowledgments":0,"missingUsers":[],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest updated","manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update initiated by user. No further acknowledgements required","user":"anna","manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest updated","manifestFingerprint":"{{fingerprint}}"}""",
                """{"update":"Secret set","user":"will","secret":"text","type":"plain"}""",
            ],
            await mesh.LogAsync());
    }

    [Fact]
    public async Task V2_TextBehindTheBodyAndMembersInAnotherCase_AreNoObstacle()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest();
        string body = GovernedMesh.V2(next).Replace("manifest", "MANIFEST", StringComparison.Ordinal) + " x";

        (await mesh.SendAsync(mesh.Anna, "/api/v2/update", body)).Require();
        (await mesh.SendAsync(mesh.Bert, "/api/v2/update-manifest", body)).Require();
        (await mesh.SendAsync(mesh.Cara, "/api/v2/update-cancel", "{")).Require();
    }

    [Fact]
    [Case("client-api", "Updates before a manifest")]
    [Case("client-api", "Counter: in the wrong state")]
    [Case("updates-and-users", "Status and shape of v2")]
    public async Task AnyRequest_WithoutAManifest_AnswersAsTheStateDemands()
    {
        CoordinatorHost host = await StartAsync();
        using var user = new Secrets.UserClient("anna");

        foreach ((string method, string path, HttpStatusCode status, string body) in new[]
        {
            ("GET", "/update", HttpStatusCode.InternalServerError, Error("server is not in expected state")),
            ("GET", "/api/v2/update", HttpStatusCode.InternalServerError, Error("server is not in expected state")),
            ("GET", "/update-manifest", HttpStatusCode.NotFound, Error("no update in progress")),
            ("GET", "/api/v2/update-manifest", HttpStatusCode.NotFound, Error("no update in progress")),
            ("POST", "/update", HttpStatusCode.Unauthorized, Unauthorized("error")),
            ("POST", "/api/v2/update", HttpStatusCode.Unauthorized, Unauthorized("fail")),
            ("POST", "/update-manifest", HttpStatusCode.Unauthorized, Unauthorized("error")),
            ("POST", "/api/v2/update-manifest", HttpStatusCode.Unauthorized, Unauthorized("fail")),
            ("POST", "/update-cancel", HttpStatusCode.Unauthorized, Unauthorized("error")),
            ("POST", "/api/v2/update-cancel", HttpStatusCode.Unauthorized, Unauthorized("fail")),
            ("GET", "/update-cancel", HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"),
            ("PUT", "/api/v2/update", HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"),
            ("POST", "/sign-quote", HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"),
            ("POST", "/monotonic-counter", HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"),
            ("GET", "/api/v2/monotonic-counter", HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"),
            ("POST", "/api/v2/sign-quote", HttpStatusCode.Forbidden, Error("SignQuoteEndpoint feature is not enabled in the manifest")),
            ("POST", "/api/v2/monotonic-counter", HttpStatusCode.Forbidden,
                Error("MonotonicCounter feature is not enabled in the manifest")),
        })
        {
            (HttpStatusCode Status, string ContentType, string Body) answer = await user.SendAsync(
                host, new HttpMethod(method), path, method == "GET" ? null : "{");
            Assert.Equal((path, status, body), (path, answer.Status, answer.Body));
            Assert.Equal(
                body.Contains("\"fail\"", StringComparison.Ordinal) ? "application/json" : "text/plain; charset=utf-8", answer.ContentType);
        }
    }

    private static string Error(string message) => $"{{\"status\":\"error\",\"data\":null,\"message\":\"{message}\"}}\n";

    private static string Unauthorized(string kind) =>
        $"{{\"status\":\"{kind}\",\"data\":null,\"message\":\"unauthorized user: client certificate did not match any MarbleRun "
        + $"users\"}}\n";

    private static string Quote(string text) => JsonSerializer.Serialize(text, GovernedManifest.Relaxed);
}
