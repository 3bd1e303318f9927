using System.Runtime.Versioning;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

public sealed class ParameterPlanTests : ActivationFixture
{
    private readonly string _variable = $"MARBLE_TEST_{Guid.NewGuid():N}";

    [Fact]
    [Trait("Security", "E8")]
    [UnsupportedOSPlatform("windows")]
    public async Task Apply_FileInNewFolders_IsPrivate()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        string folder = Path.Combine(Folder, "a", "b");
        string file = Path.Combine(folder, "secret");
        Give(reply => reply.Files[file] = "content"u8.ToArray());

        MarbleActivation activation = await ActivateAsync();

        Assert.Equal("content", await File.ReadAllTextAsync(file, Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(File.GetUnixFileMode(folder), File.GetUnixFileMode(Path.Combine(Folder, "a")));
        Assert.Equal([file], Directory.GetFiles(folder));
        Assert.Equal([file], activation.Parameters.Files);
    }

    [Fact]
    [Trait("Security", "E8")]
    [UnsupportedOSPlatform("windows")]
    public async Task Apply_FileThatOthersCouldRead_IsReplacedByAPrivateOne()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        string file = Path.Combine(Folder, "secret");
        await File.WriteAllTextAsync(file, "old and longer", Token);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Give(reply => reply.Files[file] = "new"u8.ToArray());

        await ActivateAsync();

        Assert.Equal("new", await File.ReadAllTextAsync(file, Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Apply_VariablesAndArguments_AreSet()
    {
        Give(reply =>
        {
            reply.Environment[_variable] = Encoding.UTF8.GetBytes("välue=1");
            reply.Arguments.Add("./app");
            reply.Arguments.Add("--fast");
        });

        MarbleActivation activation = await ActivateAsync();

        Assert.Equal("välue=1", Environment.GetEnvironmentVariable(_variable));
        Assert.Equal(["./app", "--fast"], activation.Parameters.Arguments);
        Assert.Contains(_variable, activation.Parameters.Environment);
    }

    [Theory]
    [InlineData("A=B", "value")]
    [InlineData("A\0B", "value")]
    [InlineData("", "value")]
    [InlineData("GOOD_NAME", "val\0ue")]
    [Case("marble-api", "Activation: a failed activation changes nothing")]
    public async Task Apply_OneVariableInvalid_NothingIsApplied(string name, string value)
    {
        string file = Path.Combine(Folder, "secret");
        Give(reply =>
        {
            reply.Files[file] = [1];
            reply.Environment[_variable] = [0x31];
            reply.Environment[name] = Encoding.UTF8.GetBytes(value);
        });

        await AssertFailsAsync(MarbleActivationFailure.ParametersNotApplied);

        Assert.False(File.Exists(file));
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
    }

    [Theory]
    [InlineData("")]
    [InlineData("folder/")]
    [InlineData("a\0b")]
    [Case("marble-api", "Activation: a failed activation changes nothing")]
    public async Task Apply_OnePathInvalid_NothingIsApplied(string path)
    {
        string file = Path.Combine(Folder, "secret");
        Give(reply =>
        {
            reply.Files[file] = [1];
            reply.Files[path] = [2];
            reply.Environment[_variable] = [0x31];
        });

        await AssertFailsAsync(MarbleActivationFailure.ParametersNotApplied);

        Assert.False(File.Exists(file));
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
    }

    [Fact]
    public async Task Apply_FolderIsAFile_SaysWhichFileCannotBeWritten()
    {
        string file = Path.Combine(UuidFile, "below");
        Give(reply => reply.Files[file] = [1]);

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.ParametersNotApplied);

        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
    }

    [Theory]
    [Trait("Security", "E10")]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [Case("marble-api", "Activation: an empty TTLS policy fails")]
    public async Task Apply_TtlsPolicy_StopsTheStartWhateverElseIsGiven(bool hasFiles, bool hasVariables, bool hasArguments)
    {
        string file = Path.Combine(Folder, "secret");
        Give(reply =>
        {
            reply.Environment["MARBLE_TTLS_CONFIG"] = "{}"u8.ToArray();
            if (hasFiles)
            {
                reply.Files[file] = [1];
            }

            if (hasVariables)
            {
                reply.Environment[_variable] = [.. "1"u8];
            }

            if (hasArguments)
            {
                reply.Arguments.Add("./app");
            }
        });

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.ParametersNotApplied);

        Assert.Contains(
            "a TTLS policy (MARBLE_TTLS_CONFIG), which this version of the SDK cannot apply", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
    }

    [Fact]
    public void Create_FileKeys_ComeFirst()
    {
        var parameters = new MarbleRun.Protos.Parameters();
        parameters.Files.Add("/a/first", Google.Protobuf.ByteString.Empty);
        parameters.Files.Add("/dev/attestation/protected_files_key", Google.Protobuf.ByteString.Empty);
        parameters.Files.Add("/dev/attestation/keys/default", Google.Protobuf.ByteString.Empty);
        parameters.Files.Add("below/relative", Google.Protobuf.ByteString.Empty);

        var plan = ParameterPlan.Create(parameters, Rules("/dev/attestation", "/a", "below"));

        Assert.Equal(
            ["/dev/attestation/keys/default", "/dev/attestation/protected_files_key", "/a/first", Path.GetFullPath("below/relative")],
            plan.Summary.Files);
    }

    [Fact]
    [Case("marble-api", "Activation: default arguments")]
    public void Create_NoArguments_IsTheDefaultProgram() =>
        Assert.Equal(["./marble"], ParameterPlan.Create(new MarbleRun.Protos.Parameters(), Rules()).Summary.Arguments);

    private static ParameterRules Rules(params string[] roots)
    {
        var options = new MarbleOptions();
        foreach (string root in roots)
        {
            options.FileRoots.Add(root);
        }

        return ParameterRules.Of(options);
    }

    private void Give(Action<FakeReply> change) => Coordinator.Handler = call =>
    {
        FakeReply reply = FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
        change(reply);
        return reply;
    };
}
