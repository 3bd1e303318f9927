using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>New parameters that a renewal brings a running process, from good Coordinators and hostile ones.</summary>
public sealed class ParameterRenewalTests : ActivationFixture
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    private readonly string _variable = $"MARBLE_TEST_{Guid.NewGuid():N}";
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly Dictionary<string, byte[]> _variables = [];
    private MarbleActivation _activation = null!;

    private string Secret => Path.Combine(Folder, "secret");

    private string Other => Path.Combine(Folder, "other");

    public override async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(_variable, null);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Renewal_OtherParameters_ReplacesFilesAndSecretsAndNotTheEnvironment()
    {
        (_files[Secret], _variables[_variable]) = (Bytes("old"), Bytes("old value"));
        await using RunningRenewer renewer = await StartAsync(version: "one");
        int changes = 0;
        using IDisposable registration = ChangeToken.OnChange(_activation.Secrets.GetChangeToken, () => changes++);
        Answer(new FakeReply
        {
            Version = "two",
            Files = Files((Secret, "new"), (Other, "added")),
            Environment = Files((_variable, "new value")),
        });

        await RenewAsync(renewer, "ParametersChanged");

        Assert.Equal(("new", "added"), (await ReadAsync(Secret), await ReadAsync(Other)));
        Assert.Equal(("new", "new value"), (_activation.Secrets.GetText(Secret), _activation.Secrets.GetText(_variable)));
        Assert.Equal("old value", Environment.GetEnvironmentVariable(_variable));
        Assert.Equal([Secret], _activation.Parameters.Files);
        Assert.Equal(1, changes);
        Assert.Equal("one", (await Coordinator.Renewals!.Calls.Reader.ReadAsync(Token)).KnownParameters);

        Answer(parameters: null);
        await RenewAsync(renewer);
        Assert.Equal("two", (await Coordinator.Renewals.Calls.Reader.ReadAsync(Token)).KnownParameters);
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task Renewal_SameParametersWithAnotherVersion_ChangesNothing()
    {
        (_files[Secret], _variables[_variable]) = (Bytes("old"), Bytes("old value"));
        await using RunningRenewer renewer = await StartAsync(version: "one");
        IChangeToken change = _activation.Secrets.GetChangeToken();
        DateTime written = File.GetLastWriteTimeUtc(Secret).AddHours(-1);
        File.SetLastWriteTimeUtc(Secret, written);
        Answer(new FakeReply { Version = "two", Files = Files((Secret, "old")), Environment = Files((_variable, "old value")) });

        await RenewAsync(renewer);
        await RenewAsync(renewer);

        Assert.False(change.HasChanged);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Secret));
        await Coordinator.Renewals!.Calls.Reader.ReadAsync(Token);
        Assert.Equal("two", (await Coordinator.Renewals.Calls.Reader.ReadAsync(Token)).KnownParameters);
    }

    [Fact]
    public async Task Renewal_FileAndVariableAreGone_TheSecretsAreGoneAndTheFileStays()
    {
        (_files[Secret], _variables[_variable]) = (Bytes("old"), Bytes("old value"));
        await using RunningRenewer renewer = await StartAsync(version: "one");
        Answer(new FakeReply { Version = "two" });

        await RenewAsync(renewer, "ParametersChanged");

        Assert.Empty(_activation.Secrets.Names);
        Assert.Equal("old", await ReadAsync(Secret));
    }

    [Fact]
    public async Task Renewal_ParametersWithTheIdentity_KeepTheirValuesWithAWarning()
    {
        (_files[Secret], _variables[_variable]) = (Bytes("key of the start"), Bytes("chain of the start"));
        await using RunningRenewer renewer = await StartAsync(version: "one");
        Answer(new FakeReply
        {
            Version = "two",
            Files = Files((Other, "added")),
            IdentityFiles = [Secret, Path.Combine(Folder, "new")],
            IdentityVariables = [_variable],
        });

        await NextRenewalAsync(renewer);
        string text = await renewer.NextAsync("ParametersKept", Token);
        await renewer.NextAsync("ParametersChanged", Token);

        Assert.Contains($"{Secret}, {Path.Combine(Folder, "new")}, {_variable}", text, StringComparison.Ordinal);
        Assert.Equal("key of the start", await ReadAsync(Secret));
        Assert.Equal("chain of the start", _activation.Secrets.GetText(_variable));
        Assert.False(File.Exists(Path.Combine(Folder, "new")));
        Assert.Null(renewer.Status.ParametersFault);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "file outside the roots", "is not in a folder that the app accepts files in" },
        { "file of the system", "belongs to the operating system" },
        { "link out of the roots", "A link leads to" },
        { "hard link", "a hard link" },
        { "steering variable", "controls which code runs here" },
        { "identity", "contains variables of the identity" },
        { "TTLS policy", "TTLS policy" },
        { "name of a TTLS policy", "TTLS policy" },
        { "too many files", "1,025 files" },
        { "value that is not text", "is not UTF-8" },
        { "fault of the Coordinator", "secret upload is not set" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    [Trait("Security", "E9")]
    public async Task Renewal_ParametersThatAnActivationWouldRefuse_ChangeNothingAndTheIdentityIsRenewed(string kind, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && kind == "hard link", "Windows has no ln.");
        (_files[Secret], _variables[_variable]) = (Bytes("old"), Bytes("old value"));
        string outside = Directory.CreateTempSubdirectory("outside").FullName;
        await using RunningRenewer renewer = await StartAsync(version: "one");
        MarbleIdentity first = renewer.Provider.Current;
        var reply = new FakeReply { Version = "two", Files = Files((Secret, "new")), Environment = Files((_variable, "new value")) };
        Spoil(reply, kind, outside);
        Answer(kind == "fault of the Coordinator" ? new FakeReply { Fault = "secret upload is not set" } : reply);

        await NextRenewalAsync(renewer);
        string text = await renewer.NextAsync("ParametersNotReplaced", Token);

        Assert.StartsWith("Error", text, StringComparison.Ordinal);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Contains(reason, renewer.Status.ParametersFault!.Value.Reason, StringComparison.Ordinal);
        Assert.NotEqual(first.Fingerprint, renewer.Provider.Current.Fingerprint);
        Assert.Null(renewer.Status.Fault);
        Assert.Equal("old", await ReadAsync(Secret));
        Assert.Equal([Secret, _variable], _activation.Secrets.Names.Order(StringComparer.Ordinal));
        Assert.Equal("old value", _activation.Secrets.GetText(_variable));
        Assert.Empty(Directory.GetFiles(outside));
        Directory.Delete(outside, recursive: true);

        // Good parameters come at the next renewal.
        Answer(new FakeReply { Version = "three", Environment = Files((_variable, "good")) });
        await RenewAsync(renewer, "ParametersChanged");
        Assert.Equal("good", _activation.Secrets.GetText(_variable));
        Assert.Null(renewer.Status.ParametersFault);
        await Coordinator.Renewals!.Calls.Reader.ReadAsync(Token);
        string? known = (await Coordinator.Renewals.Calls.Reader.ReadAsync(Token)).KnownParameters;
        Assert.Equal(kind is "link out of the roots" or "hard link" ? string.Empty : "one", known);
    }

    [Fact]
    [Trait("Security", "E9")]
    public async Task Renewal_GiantAnswer_IsNotReadAndTheIdentityStays()
    {
        _variables[_variable] = Bytes("old value");
        await using RunningRenewer renewer = await StartAsync(version: "one");
        MarbleIdentity first = renewer.Provider.Current;
        Answer(new FakeReply { Version = "two", Environment = { [_variable] = new byte[10 * 1024 * 1024] } });

        Clock.Advance(s_lifetime / 2);
        string text = await renewer.NextAsync("RenewalUntrusted", Token);

        Assert.Contains("is longer than", text, StringComparison.Ordinal);
        Assert.Same(first, renewer.Provider.Current);
        Assert.Equal("old value", _activation.Secrets.GetText(_variable));
    }

    [Fact]
    public async Task Renewal_WritingFailsHalfWay_AsksForEverythingAndWritesItAgain()
    {
        var target = new FailingTarget();
        (_files[Secret], _files[Other]) = (Bytes("old"), Bytes("old"));
        await using RunningRenewer renewer = await StartAsync(version: "one", target);
        target.Fails = path => path == Secret;
        Answer(new FakeReply { Version = "two", Files = Files((Other, "new"), (Secret, "new")) });
        await NextRenewalAsync(renewer);
        string text = await renewer.NextAsync("ParametersNotReplaced", Token);
        target.Fails = _ => false;
        Answer(new FakeReply { Version = "one", Files = Files((Other, "old"), (Secret, "old")) });

        await RenewAsync(renewer);
        await RenewAsync(renewer);

        Assert.Contains("The disk is full.", text, StringComparison.Ordinal);
        Assert.Equal(("old", "old"), (target.Files[Secret], target.Files[Other]));
        Assert.Null(renewer.Status.ParametersFault);
        List<string?> known =
        [
            (await Coordinator.Renewals!.Calls.Reader.ReadAsync(Token)).KnownParameters,
            (await Coordinator.Renewals.Calls.Reader.ReadAsync(Token)).KnownParameters,
            (await Coordinator.Renewals.Calls.Reader.ReadAsync(Token)).KnownParameters,
        ];
        Assert.Equal("one, , one", string.Join(", ", known));
    }

    [Fact]
    public async Task Renewal_TargetOfTheAppFails_ItsMessageIsNotLogged()
    {
        var target = new FailingTarget();
        _files[Secret] = Bytes("old");
        await using RunningRenewer renewer = await StartAsync(version: "one", target);
        target.Fails = _ => throw new FormatException("The value 'hunter2' is wrong.");
        Answer(new FakeReply { Version = "two", Files = Files((Secret, "hunter2")) });

        await NextRenewalAsync(renewer);
        string text = await renewer.NextAsync("ParametersNotReplaced", Token);

        Assert.Contains("FormatException", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewal_CallbackOfTheAppFails_TheValuesAreInUseAndItsMessageIsNotLogged()
    {
        _variables[_variable] = Bytes("old value");
        await using RunningRenewer renewer = await StartAsync(version: "one");
        using IDisposable registration = _activation.Secrets.GetChangeToken().RegisterChangeCallback(
            _ => throw new InvalidOperationException("hunter2"), state: null);
        Answer(new FakeReply { Version = "two", Environment = Files((_variable, "new value")) });

        await NextRenewalAsync(renewer);
        await renewer.NextAsync("ParametersChanged", Token);
        string text = await renewer.NextAsync("ParametersChangeFailed", Token);

        Assert.Contains("InvalidOperationException", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Equal("new value", _activation.Secrets.GetText(_variable));
        Assert.Null(renewer.Status.ParametersFault);
    }

    [Fact]
    public async Task Renewal_CoordinatorThatKnowsNoParameters_LeavesThemAsTheyAre()
    {
        _variables[_variable] = Bytes("old value");
        await using RunningRenewer renewer = await StartAsync(version: string.Empty);
        Answer(parameters: null);

        await RenewAsync(renewer);

        Assert.Equal("old value", _activation.Secrets.GetText(_variable));
        Assert.Null(renewer.Status.ParametersFault);
        Assert.Equal(string.Empty, (await Coordinator.Renewals!.Calls.Reader.ReadAsync(Token)).KnownParameters);
    }

    [Fact]
    public async Task ActivationInPlaceOfARenewal_OtherParameters_ReplacesThem()
    {
        (_files[Secret], _variables[_variable]) = (Bytes("old"), Bytes("old value"));
        await using RunningRenewer renewer = await StartAsync(version: "one");
        (_files[Secret], _variables[_variable]) = (Bytes("new"), Bytes("new value"));
        Clock.Advance(s_lifetime + TimeSpan.FromSeconds(1));

        await renewer.NextAsync("ActivatingAgain", Token);
        await renewer.NextAsync("IdentityRenewed", Token);
        await renewer.NextAsync("ParametersChanged", Token);

        Assert.Equal(("new", "new value"), (await ReadAsync(Secret), _activation.Secrets.GetText(_variable)));
        Assert.Equal("old value", Environment.GetEnvironmentVariable(_variable));
    }

    [Fact]
    public async Task GetChangeToken_BeforeTheActivation_SignalsIt()
    {
        _variables[_variable] = Bytes("old value");
        var secrets = new MarbleRun.Secrets.MarbleSecrets();
        IChangeToken token = secrets.GetChangeToken();
        await using RunningRenewer renewer = await StartAsync(version: "one");

        secrets.Take(_activation.Secrets);

        Assert.True(token.HasChanged);
        Assert.False(secrets.GetChangeToken().HasChanged);
        Assert.Equal("old value", secrets.GetText(_variable));
    }

    private void Spoil(FakeReply reply, string kind, string outside)
    {
        switch (kind)
        {
            case "file outside the roots":
                reply.Files[Path.Combine(outside, "evil")] = Bytes("evil");
                break;
            case "file of the system":
                reply.Files["/etc/ld.so.preload"] = Bytes("evil");
                break;
            case "link out of the roots":
                Directory.CreateSymbolicLink(Path.Combine(Folder, "link"), outside);
                reply.Files[Path.Combine(Folder, "link", "evil")] = Bytes("evil");
                break;
            case "hard link":
                File.WriteAllText(Other, "linked");
                using (var link = System.Diagnostics.Process.Start("ln", [Other, Path.Combine(Folder, "linked")]))
                {
                    link.WaitForExit();
                }

                reply.Files[Other] = Bytes("evil");
                break;
            case "steering variable":
                reply.Environment["LD_PRELOAD"] = Bytes("/evil.so");
                break;
            case "identity":
                reply.Environment["MARBLE_PREDEFINED_PRIVATE_KEY"] = Bytes("evil");
                break;
            case "TTLS policy":
                reply.Environment["MARBLE_TTLS_CONFIG"] = Bytes("{}");
                break;
            case "name of a TTLS policy":
                reply.IdentityVariables.Add("MARBLE_TTLS_CONFIG");
                break;
            case "too many files":
                for (int i = 0; i < ParameterLimits.MostFiles; i++)
                {
                    reply.Files[Path.Combine(Folder, $"{i}")] = [];
                }

                break;
            case "value that is not text":
                reply.Environment[$"{_variable}_2"] = [0xff];
                break;
            default:
                break;
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Dictionary<string, byte[]> Files(params (string Name, string Value)[] values) =>
        values.ToDictionary(v => v.Name, v => Bytes(v.Value));

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, Token);

    private void Answer(FakeReply? parameters) => Coordinator.Renewals!.Handler = call => Task.FromResult(
        FakeRenewals.Reply(Authority, FakeRenewals.Issue(Authority, call, t => t.NotAfter = s_lifetime)) with { Parameters = parameters });

    private async Task NextRenewalAsync(RunningRenewer renewer)
    {
        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("IdentityRenewed", Token);
    }

    /// <summary>Renews, and waits until the renewer waits for the next renewal, if there is no event to wait for.</summary>
    private async Task RenewAsync(RunningRenewer renewer, string? name = null)
    {
        await NextRenewalAsync(renewer);
        if (name is not null)
        {
            await renewer.NextAsync(name, Token);
        }
    }

    private async Task<RunningRenewer> StartAsync(string version, IParameterTarget? target = null)
    {
        Coordinator.Renewals = new FakeRenewals(Authority);
        Coordinator.Handler = call =>
        {
            FakeReply identity = FakeCoordinator.Reply(
                Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = s_lifetime));
            return new FakeReply
            {
                Version = version,
                Files = _files.ToDictionary(),
                Environment = identity.Environment.Concat(_variables).ToDictionary(),
            };
        };
        _activation = await MarbleActivator.ActivateAsync(Activator(CreateOptions(), target), Token);
        return new RunningRenewer(_activation, Clock);
    }

    private sealed class FailingTarget : IParameterTarget
    {
        public Func<string, bool> Fails { get; set; } = _ => false;

        public Dictionary<string, string> Files { get; } = [];

        public void WriteFile(string path, ReadOnlyMemory<byte> content)
        {
            if (Fails(path))
            {
                throw new IOException("The disk is full.");
            }

            Files[path] = Encoding.UTF8.GetString(content.Span);
        }

        public void SetVariable(string name, string value)
        {
        }
    }
}
