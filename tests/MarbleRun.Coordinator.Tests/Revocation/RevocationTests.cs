using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Revocation;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Coordinator.Tests.Audit;
using MarbleRun.Coordinator.Tests.Counters;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Renewal;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Coordinator.Users;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Revocation;

/// <summary>Users revoke Marbles: who may, how many must agree, what it does and what is kept of it.</summary>
[Trait("Security", "D4")]
public sealed class RevocationTests
{
    private static readonly Guid s_uuid = Guid.Parse("11111111-2222-3333-4444-555555555555");

    [Fact]
    public async Task Revoke_Uuid_RefusesItsActivationAtOnceAndNamesWhatItHeld()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 certificate = await mesh.EnterAsync(uuid: s_uuid);

        Answer answer = (await mesh.RevokeAsync(mesh.Anna, "UUID", s_uuid.ToString().ToUpperInvariant())).Require();

        JsonElement revocation = answer.Revocation();
        Assert.Equal(1, revocation.GetProperty("number").GetInt32());
        Assert.True(revocation.GetProperty("inForce").GetBoolean());
        Assert.Equal(0, revocation.GetProperty("missingApprovals").GetInt32());
        Assert.Equal(s_uuid.ToString(), revocation.GetProperty("subject").GetProperty("UUID").GetString());
        Assert.Empty(revocation.Strings("marbleTypes"));
        JsonElement marble = Assert.Single(answer.Data.GetProperty("marbles").EnumerateArray());
        Assert.Equal(RevokingMesh.HashOf(certificate), marble.GetProperty("certificate").GetString(), ignoreCase: true);
        Assert.Equal(1, marble.GetProperty("revocation").GetInt32());
        Assert.Equal(["cert", "loose", "own", "private", "shared"], answer.Data.Strings("secrets"));
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync(uuid: s_uuid));
        Assert.Null(await mesh.RefusalAsync());
        Assert.Contains(
            AuditReader.Read(mesh),
            r => r.StartsWith("revocation.add anna allowed {\"inForce\":\"true\"", StringComparison.Ordinal));
        Assert.Contains(
            AuditReader.Read(mesh),
            r => r.StartsWith("marble.activate - denied", StringComparison.Ordinal)
                && r.Contains("revocation 1", StringComparison.Ordinal));
        Assert.Equal(
            $$"""{"update":"Marbles revoked","user":"anna","revocation":1,"UUID":"{{s_uuid}}"}""", (await mesh.LogAsync())[^1]);
    }

    [Theory]
    [InlineData("MarbleType")]
    [InlineData("Measurement")]
    [InlineData("Platform")]
    public async Task Revoke_TypeCodeOrMachine_RefusesAllItsActivationsUntilLifted(string kind)
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 certificate = await mesh.EnterAsync();
        Assert.True(MarblePeer.TryRead(certificate, out MarblePeer? marble));
        string value = kind switch { "MarbleType" => "web", "Measurement" => marble.Measurement!, _ => marble.Platform! };

        Answer answer = (await mesh.RevokeAsync(mesh.Anna, kind, value)).Require();

        Assert.Equal(1, answer.Data.GetProperty("marbles").GetArrayLength());
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync());
        Assert.Equal(kind == "MarbleType" ? null : RevokingMesh.Refused(1), await mesh.RefusalAsync("signed"));
        Assert.True((await mesh.LiftAsync(mesh.Bert, "1")).Require().Data.GetProperty("lifted").GetBoolean());
        Assert.Null(await mesh.RefusalAsync());
        Assert.Equal("Marbles revoked,Revocation of Marbles lifted", string.Join(
            ',', (await mesh.LogAsync())[^2..].Select(l => JsonDocument.Parse(l).RootElement.GetProperty("update").GetString())));
    }

    [Fact]
    public async Task Revoke_Certificate_RefusesItsCallsButNotTheNextActivation()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: s_uuid.ToString());
        using CounterMarble other = await CounterMarble.ActivateAsync(mesh);
        Assert.Equal(CounterMarble.Value(0), await marble.RaiseAsync("n", 1));

        (await mesh.RevokeAsync(mesh.Anna, "Certificate", RevokingMesh.HashOf(marble.Certificate))).Require();

        Assert.Equal(CounterMarble.Unauthorized("this Marble is revoked (revocation 1)"), await marble.RaiseAsync("n", 2));
        Assert.Equal(CounterMarble.Value(0), await other.RaiseAsync("n", 1));
        Assert.Null(await mesh.RefusalAsync(uuid: s_uuid));
    }

    [Fact]
    public async Task Revoke_ThresholdOfTwo_WaitsForAnotherUser()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(threshold: 2);

        JsonElement first = (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web")).Revocation();
        JsonElement again = (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web", "other words")).Revocation();

        foreach (JsonElement waiting in new[] { first, again })
        {
            Assert.False(waiting.GetProperty("inForce").GetBoolean());
            Assert.Equal((1, 1), (waiting.GetProperty("number").GetInt32(), waiting.GetProperty("missingApprovals").GetInt32()));
            Assert.Equal(["bert", "cara"], waiting.Strings("missingUsers"));
            Assert.Equal("stolen", waiting.GetProperty("reason").GetString());
        }

        Assert.Null(await mesh.RefusalAsync());
        Assert.True((await mesh.RevokeAsync(mesh.Cara, "MarbleType", "web")).Revocation().GetProperty("inForce").GetBoolean());
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync());

        // One user cannot lift it, however often.
        for (int i = 0; i < 2; i++)
        {
            Answer lift = (await mesh.LiftAsync(mesh.Cara, "1")).Require();
            Assert.False(lift.Data.GetProperty("lifted").GetBoolean());
            Assert.Equal(1, lift.Revocation().GetProperty("missingApprovals").GetInt32());
        }

        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync());
        Assert.True((await mesh.LiftAsync(mesh.Anna, "1")).Require().Data.GetProperty("lifted").GetBoolean());
        Assert.Null(await mesh.RefusalAsync());
        Assert.Equal(2, (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web")).Revocation().GetProperty("number").GetInt32());
        Assert.Equal(
            [
                "Revocation of Marbles requested by user. Waiting for approvals", "Marbles revoked",
                "Lifting of a revocation of Marbles approved by user. Waiting for approvals", "Revocation of Marbles lifted",
                "Revocation of Marbles requested by user. Waiting for approvals",
            ],
            (await mesh.LogAsync())[^5..].Select(l => JsonDocument.Parse(l).RootElement.GetProperty("update").GetString()!));
    }

    /// <summary>A user of before an update, with the same name or without the permission, does not count.</summary>
    [Fact]
    public async Task Revoke_ApprovalOfAUserWhoMayNoLonger_DoesNotCount()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(threshold: 2);
        (await mesh.RevokeAsync(mesh.Cara, "MarbleType", "web")).Require();
        (await mesh.UpdateAsync(m =>
        {
            RevokingMesh.SetRoles(m);
            m["Config"]!["RevocationThreshold"] = 2;
            m["Users"]!["cara"]!["Roles"]!.AsArray().RemoveAt(1);
        })).Require();

        JsonElement after = (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web")).Revocation();

        Assert.False(after.GetProperty("inForce").GetBoolean());
        Assert.Equal(["bert"], after.Strings("missingUsers"));
        Assert.True((await mesh.RevokeAsync(mesh.Bert, "MarbleType", "web")).Revocation().GetProperty("inForce").GetBoolean());
    }

    [Fact]
    public async Task Revoke_ByAUserOfOneType_ReachesNoOtherType()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 signed = await mesh.EnterAsync("signed", s_uuid);
        Assert.True(MarblePeer.TryRead(signed, out MarblePeer? marble));

        foreach ((string kind, string value, string what) in new[]
        {
            ("MarbleType", "signed", "Marbles of type signed"),
            ("MarbleType", "nope", "Marbles of type nope"),
            ("UUID", s_uuid.ToString(), "this Marble"),
            ("Certificate", RevokingMesh.HashOf(signed), "this Marble"),
            ("Measurement", marble.Measurement!, "by Measurement, which needs the action RevokeMarble for all Marble types"),
            ("Platform", marble.Platform!, "by Platform, which needs the action RevokeMarble for all Marble types"),
        })
        {
            (await mesh.RevokeAsync(mesh.Cara, kind, value)).AssertError(
                HttpStatusCode.Forbidden, $"user cara is not allowed to revoke {what}");
        }

        Assert.True(mesh.State.Revocations.IsEmpty);
        Assert.Equal(6, AuditReader.Read(mesh).Count(r => r.StartsWith("revocation.add cara denied", StringComparison.Ordinal)));
    }

    /// <summary>The host of a Marble chooses its UUID, so it can take the one of a Marble that it wants to cut off.</summary>
    [Fact]
    public async Task Revoke_UuidThatAMarbleOfAnotherTypeHas_ReachesOnlyTheTypeOfTheUser()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 taken = await mesh.EnterAsync("web", s_uuid);

        Answer answer = (await mesh.RevokeAsync(mesh.Cara, "UUID", s_uuid.ToString())).Require();

        Assert.Equal(["web"], answer.Revocation().Strings("marbleTypes"));
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync("web", s_uuid));
        Assert.Null(await mesh.RefusalAsync("signed", s_uuid));
    }

    /// <summary>After a restart the Coordinator may know another Marble with the UUID, and not the one that is meant.</summary>
    [Fact]
    public async Task Revoke_UuidByAUserOfAllTypes_ReachesTypesThatAreNotKnownUnderIt()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 meant = await mesh.EnterAsync("signed", s_uuid);
        using X509Certificate2 other = await mesh.EnterAsync("web", s_uuid);
        mesh.Host.Services.GetRequiredService<MarbleRegistry>().Forget(RevokingMesh.HashOf(meant).ToLowerInvariant());

        Answer answer = (await mesh.RevokeAsync(mesh.Anna, "UUID", s_uuid.ToString())).Require();

        Assert.Empty(answer.Revocation().Strings("marbleTypes"));
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync("signed", s_uuid));
        Assert.Null(mesh.State.Identify(meant, DateTimeOffset.UtcNow, out _));
    }

    [Fact]
    public async Task Revoke_WhileANarrowerOneWaits_IsOneOfItsOwn()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(threshold: 2);
        string uuid = s_uuid.ToString();
        Assert.Equal(["web"], (await mesh.RevokeAsync(mesh.Cara, "UUID", uuid)).Revocation().Strings("marbleTypes"));

        JsonElement wider = (await mesh.RevokeAsync(mesh.Anna, "UUID", uuid)).Revocation();

        Assert.Equal((2, false), (wider.GetProperty("number").GetInt32(), wider.GetProperty("inForce").GetBoolean()));
        Assert.Empty(wider.Strings("marbleTypes"));
        Assert.Equal(2, (await mesh.RevokeAsync(mesh.Bert, "UUID", uuid)).Revocation().GetProperty("number").GetInt32());
        Assert.Equal(RevokingMesh.Refused(2), await mesh.RefusalAsync("signed", s_uuid));
    }

    [Fact]
    public async Task Revoke_UuidThatIsNotKnown_IsAboutTheTypesOfTheUser()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();

        Assert.Equal(["web"], (await mesh.RevokeAsync(mesh.Cara, "UUID", s_uuid.ToString())).Revocation().Strings("marbleTypes"));
        Assert.Null(await mesh.RefusalAsync("signed", s_uuid));
        var other = Guid.NewGuid();
        Assert.Empty((await mesh.RevokeAsync(mesh.Anna, "UUID", other.ToString())).Revocation().Strings("marbleTypes"));

        Assert.Equal(RevokingMesh.Refused(2), await mesh.RefusalAsync("signed", other));
        (await mesh.LiftAsync(mesh.Cara, "2")).AssertError(HttpStatusCode.Forbidden, "user cara is not allowed to lift revocation 2");
    }

    [Fact]
    public async Task Revocations_OfOtherTypes_AreNotShownAndNotLifted()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "signed")).Require();
        (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web")).Require();

        Assert.Equal("2", Numbers(await mesh.SendAsync(mesh.Cara, RevokingMesh.Path)));
        Assert.Equal("2", Numbers(await mesh.SendAsync(mesh.Rita, RevokingMesh.Path)));
        Assert.Equal("1 2", Numbers(await mesh.SendAsync(mesh.Bert, RevokingMesh.Path)));
        (await mesh.LiftAsync(mesh.Cara, "1")).AssertError(HttpStatusCode.NotFound, "there is no revocation 1");
        (await mesh.LiftAsync(mesh.Rita, "2")).AssertError(HttpStatusCode.Forbidden, "user rita is not allowed to lift revocation 2");
        (await mesh.LiftAsync(mesh.Anna, "3")).AssertError(HttpStatusCode.NotFound, "there is no revocation 3");
        Assert.Equal(HttpStatusCode.BadRequest, (await mesh.LiftAsync(mesh.Anna, "-1")).Status);
        (await mesh.SendAsync(mesh.Nora, RevokingMesh.Path)).AssertError(
            HttpStatusCode.Forbidden, "user nora is not allowed to list revocations");
    }

    [Fact]
    public async Task Revocations_OfAnUnauthenticatedCaller_AreRefused()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using var unknown = new UserClient("unknown");

        foreach (UserClient? caller in new[] { null, unknown })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.SendAsync(caller, RevokingMesh.Path)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.RevokeAsync(caller, "MarbleType", "web")).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.SendAsync(caller, "/api/v2/marbles")).Status);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.LiftAsync(unknown, "1")).Status);
    }

    /// <summary>The host of a revoked machine can hide it from the evidence.</summary>
    [Fact]
    public async Task Revoke_Platform_RefusesEvidenceAndCertificatesThatHideTheirs()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 marble = await mesh.EnterAsync(uuid: s_uuid);
        var hidden = new AttestedCode(new byte[48], default);
        MarbleLeaf issued = mesh.Host.Services.GetRequiredService<MarbleIssuer>().Renew(
            mesh.State.Authority,
            new MarbleSubject(s_uuid, "web", CertificateNames.Of(marble), mesh.State.TrustDomain, hidden),
            marble.PublicKey);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(issued.Certificate.Der);
        RevocationGate.ThrowIfRevoked(mesh.State, s_uuid, "web", hidden);
        Assert.NotNull(mesh.State.Identify(certificate, DateTimeOffset.UtcNow, out _));

        (await mesh.RevokeAsync(mesh.Anna, "Platform", new string('e', 64))).Require();

        const string Reason = "this Marble hides its platform, while a platform is revoked (revocation 1)";
        var refusal = Assert.Throws<ActivationRefusedException>(
            () => RevocationGate.ThrowIfRevoked(mesh.State, s_uuid, "web", hidden));
        Assert.Equal($"marble verification failed: {Reason}", refusal.Message);
        Assert.Null(mesh.State.Identify(certificate, DateTimeOffset.UtcNow, out string? fault));
        Assert.Equal(Reason, fault);
        Assert.NotNull(mesh.State.Identify(marble, DateTimeOffset.UtcNow, out _));
        RevocationGate.ThrowIfRevoked(mesh.State, s_uuid, "web", code: null);
    }

    [Theory]
    [InlineData("""{"Subject":{"UUID":"x"},"Reason":"r"}""")]
    [InlineData("""{"Subject":{},"Reason":"r"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web","UUID":"11111111-2222-3333-4444-555555555555"},"Reason":"r"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web","Else":"x"},"Reason":"r"}""")]
    [InlineData("""{"Subject":{"MarbleType":1},"Reason":"r"}""")]
    [InlineData("""{"Subject":"web","Reason":"r"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"}}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":" "}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"a\u000ab"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"a\u001b[2Jb"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"a\u202eb"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"a\u2028b"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"\ud800"}""")]
    [InlineData("""{"Subject":{"MarbleType":"web"},"Reason":"r"} x""")]
    [InlineData("""{"Reason":"r"}""")]
    [InlineData("")]
    public async Task Revoke_BodyThatIsWrong_IsRefused(string json)
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();

        Answer answer = await mesh.SendAsync(mesh.Anna, RevokingMesh.Path, json);
        Answer tooLong = await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web", new string('x', 501));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (answer.Status, tooLong.Status));
        Assert.True(mesh.State.Revocations.IsEmpty);
    }

    [Fact]
    public async Task Revocations_AfterUpdateAndRestart_AreInForceStill()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        (await mesh.RevokeAsync(mesh.Anna, "UUID", s_uuid.ToString())).Require();
        (await mesh.UpdateAsync(m =>
        {
            RevokingMesh.SetRoles(m);
            m["Marbles"]!["signed"]!["MaxActivations"] = 5;
        })).Require();
        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync(uuid: s_uuid));

        await mesh.RestartAsync();

        Assert.Equal(RevokingMesh.Refused(1), await mesh.RefusalAsync(uuid: s_uuid));
        Assert.Equal(1UL, mesh.State.Revocations.LastNumber);
    }

    /// <summary>The Coordinator forgot the identity with its restart; the revocation fits the certificate, which says what it is.</summary>
    [Theory]
    [InlineData("UUID")]
    [InlineData("Certificate")]
    [InlineData("MarbleType")]
    [InlineData("Measurement")]
    [InlineData("Platform")]
    public async Task Revoke_AfterARestart_RefusesCertificatesFromBefore(string kind)
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using RenewingMarble before = await RenewingMarble.ActivateAsync(mesh.Host);
        Assert.True(MarblePeer.TryRead(before.Certificate, out MarblePeer? peer));
        string value = kind switch
        {
            "UUID" => peer.Id.ToString(),
            "Certificate" => RevokingMesh.HashOf(before.Certificate).ToLowerInvariant(),
            "MarbleType" => peer.MarbleType,
            "Measurement" => peer.Measurement!,
            _ => peer.Platform!,
        };
        await mesh.RestartAsync();
        using RenewingMarble marble = before.At(mesh.Host);

        Answer answer = (await mesh.RevokeAsync(mesh.Anna, kind, value)).Require();

        Assert.Empty(answer.Data.GetProperty("marbles").EnumerateArray());
        RpcException refused = await Assert.ThrowsAsync<RpcException>(marble.ChallengeAsync);
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Contains("(revocation 1)", refused.Status.Detail, StringComparison.Ordinal);

        // It is known from now on, with the revocation that names it.
        JsonElement listed = Assert.Single(
            (await mesh.SendAsync(mesh.Rita, "/api/v2/marbles")).Require().Data.GetProperty("marbles").EnumerateArray());
        Assert.Equal(RevokingMesh.HashOf(before.Certificate), listed.GetProperty("certificate").GetString(), ignoreCase: true);
        Assert.Equal(1, listed.GetProperty("revocation").GetInt32());
    }

    [Fact]
    public async Task List_SaysSinceWhenItIsComplete()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(
            configure: services => services.AddSingleton<TimeProvider>(clock));
        using RenewingMarble before = await RenewingMarble.ActivateAsync(mesh.Host);
        Assert.Single((await ListAsync()).GetProperty("marbles").EnumerateArray());
        clock.Advance(TimeSpan.FromHours(1));
        DateTimeOffset restart = clock.GetUtcNow();

        await mesh.RestartAsync();

        JsonElement list = await ListAsync();
        Assert.Empty(list.GetProperty("marbles").EnumerateArray());
        Assert.InRange(list.GetProperty("completeSince").GetDateTimeOffset(), restart, restart.AddSeconds(1));
        using RenewingMarble marble = before.At(mesh.Host);
        await marble.ChallengeAsync();
        Assert.Single((await ListAsync()).GetProperty("marbles").EnumerateArray());

        async Task<JsonElement> ListAsync() => (await mesh.SendAsync(mesh.Rita, "/api/v2/marbles")).Require().Data;
    }

    [Fact]
    public void Registry_ThatDisplacesAnIdentity_IsCompleteFromThenOn()
    {
        var clock = new FakeTimeProvider();
        clock.Advance(TimeSpan.FromDays(1));
        using var authority = new TestSupport.TestAuthority(clock);
        var registry = new MarbleRegistry(clock, maxCount: 2);
        DateTimeOffset start = registry.CompleteSince;
        Assert.Equal(clock.GetUtcNow(), start);

        for (int i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            registry.RecordShown(authority.IssueMarble("web"));
            Assert.Equal(i < 2 ? start : clock.GetUtcNow(), registry.CompleteSince);
        }
    }

    [Fact]
    public async Task Revoke_FirstUserWithoutRoom_LeavesRoomForOthers()
    {
        RevocationSet full = RevocationSet.Create(
            Enumerable.Range(1, 5000).Select(i => new MarbleRevocation(
                (ulong)i,
                new RevocationSubject(RevocationKind.Uuid, Guid.NewGuid().ToString()),
                ["web"],
                "r",
                [new RevocationVote("cara", "", DateTimeOffset.UnixEpoch)])),
            5000);
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        RevocationVote vote = RevocationRules.VoteOf(Find("cara"), default);
        MarbleRevocation[] own = [.. full.All.Select(r => r with { Approvals = [vote] })];
        var next = new MarbleRevocation(9999, new RevocationSubject(RevocationKind.MarbleType, "web"), ["web"], "r", []);

        Assert.Throws<RevocationException>(
            () => RevocationRules.RequireRoom(mesh.State.Manifest!, RevocationSet.Create(own, 5000), next, Find("cara")));
        RevocationRules.RequireRoom(mesh.State.Manifest!, RevocationSet.Create(own, 5000), next, Find("anna"));

        MeshUser Find(string name) => mesh.State.Manifest!.Users.All.Single(u => u.Name == name);
    }

    /// <summary>Users of one type together, too.</summary>
    [Theory]
    [InlineData(8_999, 1, true)]
    [InlineData(9_000, 1, false)]
    [InlineData(3_700, 500, true)]
    [InlineData(3_800, 500, false)]
    public async Task Revoke_UsersOfOneTypeTogether_LeaveRoomForUsersOfAllTypes(int count, int reason, bool hasRoom)
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        MeshManifest manifest = mesh.State.Manifest!;
        var others = RevocationSet.Create(
            Enumerable.Range(1, count).Select(i => new MarbleRevocation(
                (ulong)i,
                new RevocationSubject(RevocationKind.MarbleType, "web"),
                ["web"],
                new string('r', reason),
                [new RevocationVote("other", "", DateTimeOffset.UnixEpoch)])),
            (ulong)count);
        var next = new MarbleRevocation(9999, new RevocationSubject(RevocationKind.MarbleType, "web"), ["web"], "r", []);

        Exception? refusal = Record.Exception(() => RevocationRules.RequireRoom(manifest, others, next, Find("cara")));

        Assert.Equal(hasRoom ? null : typeof(RevocationException), refusal?.GetType());
        RevocationRules.RequireRoom(manifest, others, next, Find("anna"));

        MeshUser Find(string name) => manifest.Users.All.Single(u => u.Name == name);
    }

    private static string Numbers(Answer answer) => string.Join(
        ' ', answer.Require().Data.GetProperty("revocations").EnumerateArray().Select(r => r.GetProperty("number").GetInt32()));
}
