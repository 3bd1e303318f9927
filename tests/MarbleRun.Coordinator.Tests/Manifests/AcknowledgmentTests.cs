using System.Net;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Who starts, acknowledges and cancels full updates, and when they are in force.</summary>
public sealed class AcknowledgmentTests
{
    private const string Pending = "update already in progress. Acknowledge the update to apply it, or cancel it to start a new one";
    private const string Applied = "All users have acknowledged the update manifest. Update successfully applied";

    [Theory]
    [Trait("Security", "E3")]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [Case("client-api", "Full update by the only manager")]
    [Case("client-api", "Full update of three managers: two are missing after the start")]
    [Case("client-api", "The last acknowledgment applies")]
    [Case("client-api", "Cancelling, acknowledging and asking when nothing is pending")]
    [Case("client-api", "Threshold 2 of 3: the second acknowledgment applies")]
    [Case("client-api", "Threshold 2 of 3: more names than are needed")]
    [Case("updates-and-users", "Threshold 0: all managers")]
    [Case("updates-and-users", "Threshold 1: at once")]
    [Case("updates-and-users", "Threshold 2 of 3: one more, two names")]
    [Case("updates-and-users", "Status and shape of v2")]
    public async Task Start_Threshold_SaysHowManyMustAcknowledge(int threshold, int missing)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = threshold);
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);

        Answer started = await mesh.StartUpdateAsync(mesh.Bert, next);
        Assert.Equal(
            missing == 0
                ? "{\"status\":\"success\",\"data\":{\"missingAcknowledgments\":0,\"missingUsers\":null}}\n"
                : $"{{\"status\":\"success\",\"data\":{{\"missingAcknowledgments\":{missing},\"missingUsers\":[\"anna\",\"cara\"]}}}}\n",
            started.Body);
        Assert.Equal(missing == 0, mesh.State.Manifest!.Fingerprint == GovernedMesh.Fingerprint(next));
        if (missing == 0)
        {
            return;
        }

        Answer last = missing == 1 ? await mesh.AcknowledgeAsync(mesh.Cara, next) : await AcknowledgeByAnnaAndCaraAsync(mesh, next);

        Assert.Equal(
            $"{{\"status\":\"success\",\"data\":{{\"message\":\"{Applied}\",\"missingUsers\":null,\"missingAcknowledgments\":0}}}}\n",
            last.Body);
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
        (await mesh.PendingAsync()).AssertError(HttpStatusCode.NotFound, "no update in progress");
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("client-api", "The starter acknowledges too")]
    [Case("client-api", "The second acknowledgment leaves one")]
    [Case("updates-and-users", "An acknowledgment twice")]
    [Case("updates-and-users", "Log lines of a full update")]
    public async Task Acknowledge_Twice_CountsOnceAndIsLogged()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();

        Answer own = await mesh.AcknowledgeAsync(mesh.Anna, next);
        Answer bert = await mesh.AcknowledgeAsync(mesh.Bert, next);
        Answer again = await mesh.AcknowledgeAsync(mesh.Bert, next);

        Assert.Equal(
            "{\"status\":\"success\",\"data\":{\"message\":\"2 users still need to acknowledge the update manifest.\\nThe following users "
            + "have not yet accepted: bert, cara\",\"missingUsers\":[\"bert\",\"cara\"],\"missingAcknowledgments\":2}}\n",
            own.Body);
        Assert.Equal(
            "{\"status\":\"success\",\"data\":{\"message\":\"1 user still needs to acknowledge the update manifest.\\nThe following users "
            + "have not yet accepted: cara\",\"missingUsers\":[\"cara\"],\"missingAcknowledgments\":1}}\n",
            bert.Body);
        Assert.Equal(bert.Text, again.Text);
        string fingerprint = GovernedMesh.Fingerprint(next);
        Assert.Equal(
            [
                """{"update":"Initial manifest set"}""",
                $$"""{"update":"Complete Manifest update initiated by user. Waiting for acknowledgments to apply the update","user":"anna","missingAcknowledgments":2,"missingUsers":["bert","cara"],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"anna","missingAcknowledgments":2,"missingUsers":["bert","cara"],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"bert","missingAcknowledgments":1,"missingUsers":["cara"],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"bert","missingAcknowledgments":1,"missingUsers":["cara"],"manifestFingerprint":"{{fingerprint}}"}""",
            ],
            await mesh.LogAsync());
    }

    [Fact]
    [Trait("Security", "E1")]
    [Trait("Security", "E3")]
    [Case("client-api", "Acknowledging other bytes")]
    [Case("updates-and-users", "An acknowledgment by one who may not")]
    [Case("updates-and-users", "An acknowledgment with other white space")]
    public async Task Acknowledge_OtherBytesOrAnotherUser_IsRefusedAndChangesNothing()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest();
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        CoordinatorState before = mesh.State;

        const string NoMatch = "provided manifest does not match the pending manifest";
        foreach (string other in (string[])[
            next + " ",
            " " + next,
            next + "\n",
            next.Replace("\"shared\":{", "\"shared\": {", StringComparison.Ordinal),
            string.Empty,
            "{",
            mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1),
        ])
        {
            Assert.NotEqual(next, other);
            (await mesh.AcknowledgeAsync(mesh.Bert, other)).AssertError(HttpStatusCode.InternalServerError, NoMatch);
            (await mesh.SendAsync(mesh.Bert, "/update-manifest", other)).AssertError(HttpStatusCode.InternalServerError, NoMatch);
        }

        const string NotAllowed = "user paul is not allowed to acknowledge manifest updates";
        (await mesh.AcknowledgeAsync(mesh.Paul, next)).AssertError(HttpStatusCode.InternalServerError, NotAllowed);
        (await mesh.SendAsync(mesh.Paul, "/update-manifest", "other")).AssertError(HttpStatusCode.InternalServerError, NotAllowed);
        Assert.Same(before, mesh.State);
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("client-api", "A second update while one is pending, full or of packages")]
    [Case("updates-and-users", "A second full update while one is pending")]
    public async Task Start_WhileOneIsPending_IsRefusedWhateverKindItIs()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest();
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        CoordinatorState before = mesh.State;

        foreach (string other in (string[])[
            next,
            mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1),
            "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}",
            "{\"Marbles\":{\"x\":{}}}",
        ])
        {
            (await mesh.StartUpdateAsync(mesh.Anna, other)).AssertError(HttpStatusCode.InternalServerError, Pending);
            (await mesh.StartUpdateAsync(mesh.Paul, other)).AssertError(HttpStatusCode.InternalServerError, Pending);
            (await mesh.SendAsync(mesh.Bert, "/update", other)).AssertError(HttpStatusCode.BadRequest, Pending);
        }

        Assert.Same(before, mesh.State);
        Assert.Equal(
            next, System.Text.Encoding.UTF8.GetString((await mesh.PendingAsync()).Data.GetProperty("manifest").GetBytesFromBase64()));
    }

    [Fact]
    [Case("client-api", "Started and cancelled")]
    [Case("client-api", "Cancelling, acknowledging and asking when nothing is pending")]
    [Case("updates-and-users", "Another manager cancels")]
    [Case("updates-and-users", "Cancelling without the permission")]
    [Case("updates-and-users", "Log line of an update that is cancelled")]
    public async Task Cancel_ByAnotherManager_DropsAllAcknowledgments()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require();

        (await mesh.CancelAsync(mesh.Paul)).AssertError(
            HttpStatusCode.InternalServerError, "user paul is not allowed to cancel the manifest update");
        Assert.Equal(
            "200 application/json {\"status\":\"success\",\"data\":{\"message\":\"Update successfully cancelled\"}}\n",
            (await mesh.CancelAsync(mesh.Cara)).Text);
        (await mesh.CancelAsync(mesh.Cara)).AssertError(HttpStatusCode.NotFound, "no update in progress");
        (await mesh.CancelAsync(mesh.Paul)).AssertError(
            HttpStatusCode.InternalServerError, "user paul is not allowed to cancel the manifest update");
        (await mesh.AcknowledgeAsync(mesh.Cara, next)).AssertError(HttpStatusCode.NotFound, "no update in progress");
        Assert.Equal(2, (await mesh.StartUpdateAsync(mesh.Cara, next)).Require().Data.GetProperty("missingAcknowledgments").GetInt32());

        string fingerprint = GovernedMesh.Fingerprint(next);
        Assert.Equal(
            $$"""{"update":"Complete Manifest update cancelled by user","user":"cara","manifestFingerprint":"{{fingerprint}}"}""",
            (await mesh.LogAsync())[^2]);
        Assert.Equal(GovernedMesh.Fingerprint(mesh.Manifest()), mesh.State.Manifest!.Fingerprint);
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("updates-and-users", "A new threshold counts from the next update on")]
    public async Task Start_NewThreshold_CountsForTheFollowingUpdateOnly()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 2);
        string easier = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);

        Assert.Equal(1, (await mesh.StartUpdateAsync(mesh.Anna, easier)).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
        (await mesh.AcknowledgeAsync(mesh.Cara, easier)).Require();
        Assert.Equal(
            0, (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
        Assert.Equal(
            2, (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
    }

    [Fact]
    [Trait("Security", "E1")]
    [Case("updates-and-users", "The update removes its starter")]
    public async Task Update_ThatRemovesItsStarter_LeavesHimNothing()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string without = mesh.Manifest(m => m["Users"]!.AsObject().Remove("anna"));
        (await mesh.StartUpdateAsync(mesh.Anna, without)).Require();
        (await mesh.AcknowledgeAsync(mesh.Bert, without)).Require();
        (await mesh.AcknowledgeAsync(mesh.Cara, without)).Require();

        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.StartUpdateAsync(mesh.Anna, without)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.CancelAsync(mesh.Anna)).Status);
        Assert.Equal(
            1, (await mesh.StartUpdateAsync(mesh.Bert, mesh.Manifest())).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.AcknowledgeAsync(mesh.Anna, mesh.Manifest())).Status);
    }

    [Fact]
    [Case("updates-and-users", "The update removes all users")]
    public async Task Update_ThatRemovesAllUsers_IsTheLastOne()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        string anonymous = mesh.Manifest(m => m["Users"] = new System.Text.Json.Nodes.JsonObject());

        (await mesh.StartUpdateAsync(mesh.Anna, anonymous)).Require();

        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Status);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}")).Status);
        Assert.Equal(GovernedMesh.Fingerprint(anonymous), mesh.State.Manifest!.Fingerprint);
        await mesh.ActivateAsync("signed");
    }

    [Fact]
    [Case("updates-and-users", "A restart while an update is pending")]
    public async Task Restart_InTheMiddleOfAPendingUpdate_KeepsItWithItsAcknowledgments()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        (await mesh.AcknowledgeAsync(mesh.Cara, next)).Require();
        Answer pending = await mesh.PendingAsync();
        string[] log = await mesh.LogAsync();

        await mesh.RestartAsync();

        Assert.Equal(pending.Text, (await mesh.PendingAsync()).Text);
        Assert.Equal(
            $"{{\"status\":\"success\",\"data\":{{\"manifest\":\"{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(next))}\","
            + $"\"message\":\"1 user still needs to acknowledge the update manifest\",\"missingUsers\":[\"bert\"]}}}}\n",
            pending.Body);
        Assert.Equal(pending.Text, (await mesh.SendAsync(null, "/update-manifest")).Text);
        Assert.Equal(log, await mesh.LogAsync());
        (await mesh.StartUpdateAsync(mesh.Bert, next)).AssertError(HttpStatusCode.InternalServerError, Pending);
        Assert.Equal(Applied, (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require().Data.GetProperty("message").GetString());
        await mesh.RestartAsync();
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
        Assert.Null(mesh.State.PendingUpdate);
    }

    private static async Task<Answer> AcknowledgeByAnnaAndCaraAsync(GovernedMesh mesh, string manifest)
    {
        (await mesh.AcknowledgeAsync(mesh.Anna, manifest)).Require();
        Assert.NotNull(mesh.State.PendingUpdate);
        return (await mesh.AcknowledgeAsync(mesh.Cara, manifest)).Require();
    }
}
