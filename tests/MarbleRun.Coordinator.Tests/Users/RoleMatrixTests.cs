using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>
/// Every action of users, by every role, with every kind of certificate, over the real port in both generations of the API.
/// </summary>
public sealed class RoleMatrixTests : RunningCoordinatorTest
{
    private const string Package = """{"Packages":{"app":{"SecurityVersion":1}}}""";
    private const string Upload = """{"text":{"Key":"aGk="}}""";

    private static readonly Dictionary<string, string[]> s_roles = new()
    {
        ["all"] = ["manage", "raise", "read", "write"],
        ["manager"] = ["manage"],
        ["raiser"] = ["raise"],
        ["reader"] = ["read"],
        ["writer"] = ["write"],
        ["none"] = [],
    };

    private readonly List<IDisposable> _disposables = [];
    private readonly Dictionary<(string Role, string Shown), ShownCertificates> _clients = [];
    private string _manifest = null!;
    private ShownCertificates _helper = null!;

    /// <summary>Action, method and path of v2 (that of v1 is the rest of it), the role that it needs, and what others are told.</summary>
    public static TheoryData<string, string, string, string, bool> Actions => new()
    {
        { "start full update", "/update", "manage", "is not allowed to update the complete manifest", false },
        { "start package update", "/update", "raise", "is not allowed to update one or more packages of [app]", false },
        { "acknowledge", "/update-manifest", "manage", "is not allowed to acknowledge manifest updates", true },
        { "cancel", "/update-cancel", "manage", "is not allowed to cancel the manifest update", true },
        { "read secret", "/secrets?s=shared", "read", "is not allowed to read one or more secrets of: [shared]", false },
        { "write secret", "/secrets", "write", "is not allowed to update secret: text", false },
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        JsonObject manifest = GovernedManifest.Create(Host, []);
        X509Certificate2 issuer = Keep(ShownCertificates.Issue("issuer"));
        foreach ((string role, string[] roles) in s_roles)
        {
            X509Certificate2 listed = Keep(ShownCertificates.Issue(role, issuer));
            X509Certificate2 expired = Keep(ShownCertificates.Issue($"{role} of old", issuer, notAfter: DateTimeOffset.UtcNow.AddDays(-1)));
            using ECDsa key = listed.GetECDsaPrivateKey()!;
            Add(manifest, role, listed, roles);
            Add(manifest, $"{role} of old", expired, roles);
            _clients[(role, "right")] = ShownCertificates.To(Host, listed);
            _clients[(role, "nothing")] = ShownCertificates.To(Host, null);
            _clients[(role, "outsider and user")] = ShownCertificates.To(Host, Keep(ShownCertificates.Issue("outsider", listed)), listed);
            _clients[(role, "user and another")] = ShownCertificates.To(Host, listed, issuer);
            _clients[(role, "expired")] = ShownCertificates.To(Host, expired);
            _clients[(role, "same key")] = ShownCertificates.To(Host, Keep(ShownCertificates.Issue(role, issuer, key)));
        }

        // Updates wait for one who never acknowledges.
        X509Certificate2 helper = Keep(ShownCertificates.Issue("helper"));
        Add(manifest, "helper", helper, ["manage"]);
        Add(manifest, "never", Keep(ShownCertificates.Issue("never")), ["manage"]);
        _helper = Keep(ShownCertificates.To(Host, helper));
        _disposables.AddRange(_clients.Values);
        _manifest = manifest.Write();
        Assert.StartsWith("200 ", await _helper.SendAsync("/manifest", _manifest), StringComparison.Ordinal);
    }

    public override async ValueTask DisposeAsync()
    {
        _disposables.ForEach(d => d.Dispose());
        await base.DisposeAsync();
    }

    [Theory]
    [Trait("Security", "E1")]
    [Trait("Security", "E2")]
    [MemberData(nameof(Actions))]
    [Case("client-api", "Update without a user's certificate")]
    [Case("client-api", "Update, reading and writing with a certificate of no user")]
    [Case("client-api", "Update, reading and writing by a user")]
    [Case("client-api", "Another certificate of the user's key")]
    [Case("client-api", "Package update by one who may not")]
    [Case("updates-and-users", "Another leaf before a user's certificate is not a user")]
    [Case("updates-and-users", "A user's leaf counts, whatever follows it")]
    [Case("updates-and-users", "A full update without the permission")]
    [Case("updates-and-users", "Status and shape of v1")]
    public async Task AnyAction_EveryRoleAndCertificate_IsAllowedToExactlyThoseWhoMay(
        string action, string path, string neededRole, string refusal, bool isAlways500)
    {
        var wrong = new List<string>();
        foreach (((string role, string shown), ShownCertificates client) in _clients)
        {
            foreach (bool isV2 in new[] { false, true })
            {
                bool isUser = shown is "right" or "user and another" or "expired";
                string name = shown == "expired" ? $"{role} of old" : role;
                string expected = !isUser
                    ? $$"""401 {"status":"{{(isV2 ? "fail" : "error")}}","data":null,"message":"unauthorized user: client certificate did not match any MarbleRun users"}"""
                    : s_roles[role].Contains(neededRole)
                        ? """200 {"status":"success","data":"""
                        : $$"""{{(isV2 || isAlways500 ? 500 : 400)}} {"status":"error","data":null,"message":"user {{name}} {{refusal}}"}""";
                await ArrangeAsync(isPending: action is "acknowledge" or "cancel");
                CoordinatorState before = State;

                string answer = await client.SendAsync((isV2 ? "/api/v2" : string.Empty) + path, BodyOf(action, isV2));

                if (!answer.StartsWith(expected, StringComparison.Ordinal)
                    || (!expected.StartsWith("200", StringComparison.Ordinal) && !ReferenceEquals(before, State)))
                {
                    wrong.Add($"{action}, v{(isV2 ? 2 : 1)}, {role}, {shown}: {answer}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    [Trait("Security", "E2")]
    [Case("client-api", "An expired certificate of a user")]
    public async Task Login_ExpiredCertificate_IsWarnedOf()
    {
        await _clients[("reader", "expired")].SendAsync("/secrets?s=shared", null);

        Assert.Contains(
            Host.Logs.Entries,
            e => e.Contains("UserCertificateExpired", StringComparison.Ordinal) && e.Contains("'reader of old'", StringComparison.Ordinal));
    }

    private CoordinatorState State => Host.Services.GetRequiredService<CurrentState>().Value;

    private static void Add(JsonObject manifest, string name, X509Certificate2 certificate, string[] roles) =>
        manifest["Users"]![name] = new JsonObject
        {
            ["Certificate"] = certificate.ExportCertificatePem(),
            ["Roles"] = new JsonArray([.. roles.Select(r => JsonValue.Create(r))]),
        };

    private string? BodyOf(string action, bool isV2) => action switch
    {
        "read secret" => null,
        "write secret" => isV2 ? $"{{\"secrets\":{Upload}}}" : Upload,
        "cancel" => string.Empty,
        "start package update" => isV2 ? GovernedMesh.V2(Package) : Package,
        _ => isV2 ? GovernedMesh.V2(_manifest) : _manifest,
    };

    private async Task ArrangeAsync(bool isPending)
    {
        if (State.PendingUpdate is not null != isPending)
        {
            string answer = isPending
                ? await _helper.SendAsync("/update?allowDowngrade=true", _manifest)
                : await _helper.SendAsync("/update-cancel", string.Empty);
            Assert.True(answer.StartsWith("200 ", StringComparison.Ordinal), answer);
        }
    }

    private T Keep<T>(T disposable)
        where T : IDisposable
    {
        _disposables.Add(disposable);
        return disposable;
    }
}
