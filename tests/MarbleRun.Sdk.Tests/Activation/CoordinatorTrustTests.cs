using System.Reflection;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Trust;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

/// <summary>Which Coordinator a Marble obeys, and who may say so.</summary>
public sealed class CoordinatorTrustTests : ActivationFixture
{
    private const string Root = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private string Trace => Path.Combine(Folder, "trace");

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_RootThatIsNotPinned_IsRefusedAndNothingIsApplied()
    {
        using var outsider = new TestAuthority(Clock);
        string expected = CoordinatorTrust.FingerprintOf(outsider.Root);
        AnswerWithATrace();

        MarbleActivationException exception = await AssertFailsAsync(
            MarbleActivationFailure.CoordinatorUntrusted, o => o.CoordinatorTrust = CoordinatorTrust.PinRoots(expected));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(CoordinatorTrust.FingerprintOf(Authority.Root), exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Trace));
        Assert.Null(Environment.GetEnvironmentVariable("TRACE_OF_A_FOREIGN_ROOT"));
        Assert.Single(Coordinator.Calls);
    }

    [Fact]
    public async Task Activate_OneOfSeveralPinnedRoots_IsAccepted()
    {
        string own = CoordinatorTrust.FingerprintOf(Authority.Root).ToUpperInvariant();
        string withColons = string.Join(':', own.Chunk(2).Select(c => new string(c)));

        await ActivateAsync(o => o.CoordinatorTrust = CoordinatorTrust.PinRoots(Root, withColons));

        Assert.DoesNotContain(Logs.Entries, e => e.Contains("NOT VERIFIED", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_PinnedRootThatDidNotCertifyTheServersKey_IsRefused()
    {
        // The genuine root and intermediate stand in the reply, over another server's key.
        using var attacker = new TestAuthority(Clock);
        Coordinator.ServerCertificate = attacker.MarbleRoot;
        Coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(attacker, attacker.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            string chain = Encoding.UTF8.GetString(reply.Environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"]);
            string leaf = chain[..(chain.IndexOf("-----END", StringComparison.Ordinal) + "-----END CERTIFICATE-----\n".Length)];
            reply.Environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"] = Encoding.UTF8.GetBytes(
                leaf + Authority.Intermediate.ExportCertificatePem());
            reply.Environment["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"] = Encoding.UTF8.GetBytes(Authority.Root.ExportCertificatePem());
            reply.Files[Trace] = [1];
            return reply;
        };

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.InvalidReply);

        Assert.Contains("is not for the server's key", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Trace));
    }

    [Fact]
    public async Task Activate_TrustThatIsNotSet_SendsNothingAndNamesTheWays()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => ActivateAsync(o => o.CoordinatorTrust = null));

        string complaint = Assert.Single(exception.Failures);
        Assert.Contains("CoordinatorTrust.PinRoots", complaint, StringComparison.Ordinal);
        Assert.Contains("CoordinatorTrust.None", complaint, StringComparison.Ordinal);
        Assert.Empty(Coordinator.Calls);
        Assert.False(File.Exists(UuidFile));
    }

    [Fact]
    public async Task Activate_TrustIsNone_WarnsAtEachStart()
    {
        await ActivateAsync(o => o.CoordinatorTrust = CoordinatorTrust.None);
        await ActivateAsync(o => o.CoordinatorTrust = CoordinatorTrust.None);

        Assert.Equal(2, Logs.Entries.Count(e => e.Contains("THE COORDINATOR IS NOT VERIFIED", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Activate_RootThatTheHostAsksFor_IsDemandedToo()
    {
        string own = CoordinatorTrust.FingerprintOf(Authority.Root);
        await ActivateAsync(o => o.CoordinatorRequirements.Roots = [own]);

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.CoordinatorUntrusted, o =>
        {
            o.CoordinatorTrust = CoordinatorTrust.None;
            o.CoordinatorRequirements.Roots = [Root];
        });

        Assert.Contains("Marble:CoordinatorRequirements:Roots", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_RootOfTheHostThatIsNotPinned_CannotReplaceThePin()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => ActivateAsync(o => o.CoordinatorRequirements.Roots = [Root]));

        Assert.Contains("cannot replace the measured trust", Assert.Single(exception.Failures), StringComparison.Ordinal);
        Assert.Empty(Coordinator.Calls);
    }

    [Theory]
    [InlineData("Marble:CoordinatorTrust", "None")]
    [InlineData("Marble:CoordinatorTrust:None", "true")]
    [InlineData("Marble:CoordinatorTrust:Roots:0", Root)]
    [Trait("Security", "G8")]
    public void ReadSection_TrustInTheConfiguration_IsRefused(string key, string value)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(
            () => MarbleOptionsSource.ReadSection(configuration, new MarbleOptions()));

        Assert.Contains("The host controls the configuration", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("None", "true")]
    [InlineData("IsNone", "true")]
    [InlineData("Roots:0", Root)]
    [Trait("Security", "G8")]
    public void Bind_OfAHostsConfiguration_ChangesNoTrust(string member, string value)
    {
        // What an app may do to all its options.
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"CoordinatorTrust:{member}", value)]).Build();
        var pinned = CoordinatorTrust.PinRoots(Root.Replace('0', '1'));
        var options = new MarbleOptions { CoordinatorTrust = pinned };
        var empty = new MarbleOptions();

        configuration.Bind(options);
        Exception? refused = Record.Exception(() => configuration.Bind(empty));

        Assert.Same(pinned, options.CoordinatorTrust);
        Assert.False(pinned.IsNone);
        Assert.Equal([Root.Replace('0', '1')], pinned.Roots);
        Assert.IsType<InvalidOperationException>(refused);
        Assert.Null(empty.CoordinatorTrust);
    }

    [Fact]
    public void ReadSection_Requirements_AreAListOrAText()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Marble:CoordinatorRequirements:Roots", $"{Root},{Root}")])
            .Build();
        var options = new MarbleOptions();

        MarbleOptionsSource.ReadSection(configuration, options);

        Assert.Equal([Root, Root], options.CoordinatorRequirements.Roots);
    }

    [Fact]
    public void Read_OfAnAssemblyThatEmbedsTheFile_IsItsTrust()
    {
        Assert.Equal([Root], MeasuredTrust.Read(new App($$"""{ "Roots": [ "{{Root}}" ] }"""))!.Roots);
        Assert.True(MeasuredTrust.Read(new App("""{ "None": true }"""))!.IsNone);
        Assert.Null(MeasuredTrust.Read(new App(null)));
        Assert.Null(MeasuredTrust.Read(null));
    }

    [Theory]
    [InlineData("{}", "has no requirements")]
    [InlineData("[]", "not an object")]
    [InlineData("""{ "None": false }""", "has no requirements")]
    [InlineData("""{ "None": "true" }""", "None is not true or false")]
    [InlineData($$"""{ "None": true, "Roots": [ "{{Root}}" ] }""", "None is combined with requirements")]
    [InlineData("""{ "Roots": [ "12" ] }""", "'12' is not the SHA-256")]
    [InlineData("""{ "Roots": "12" }""", "not a list")]
    [InlineData($$"""{ "Roots": [ "{{Root}}" ], "Rots": [] }""", "'Rots'")]
    [InlineData($$"""{ "Roots": [ "{{Root}}" ], "Roots": [ "{{Root}}" ] }""", "is not JSON")]
    [InlineData("{", "is not JSON")]
    public void Parse_FileThatCannotBeMeant_IsRefusedWithTheReason(string json, string reason)
    {
        FormatException exception = Assert.Throws<FormatException>(() => CoordinatorTrust.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3 * 1024 * 1024, true)]
    [InlineData(12 * 1024 * 1024, false)]
    [Trait("Security", "G2")]
    public async Task Activate_ParametersOfAnySize_AreReadUpToTheLimit(int size, bool isTaken)
    {
        Func<FakeActivation, FakeReply> good = Coordinator.Handler;
        Coordinator.Handler = call =>
        {
            FakeReply reply = good(call);
            reply.Files[Trace] = new byte[size];
            return reply;
        };

        Exception? failure = await Record.ExceptionAsync(() => ActivateAsync());

        Assert.True(isTaken == failure is null, $"{failure}");
        Assert.Equal(isTaken, File.Exists(Trace));
        Assert.True(isTaken || failure is MarbleActivationException { Failure: MarbleActivationFailure.InvalidReply }, $"{failure}");
    }

    private void AnswerWithATrace()
    {
        Func<FakeActivation, FakeReply> good = Coordinator.Handler;
        Coordinator.Handler = call =>
        {
            FakeReply reply = good(call);
            reply.Files[Trace] = [1];
            reply.Environment["TRACE_OF_A_FOREIGN_ROOT"] = [0x31];
            return reply;
        };
    }

    private sealed class App(string? trust) : Assembly
    {
        public override Stream? GetManifestResourceStream(string name) =>
            name == "marble-trust.json" && trust is not null ? new MemoryStream(Encoding.UTF8.GetBytes(trust)) : null;
    }
}
