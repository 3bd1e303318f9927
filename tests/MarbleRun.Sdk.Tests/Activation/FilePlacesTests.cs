using System.Net.Sockets;
using System.Runtime.Versioning;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Files;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>What stands where a file of the manifest is to go: links, and what is not a regular file.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FilePlacesTests : ActivationFixture
{
    private readonly TemporaryDirectory _outside = new();

    public FilePlacesTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Links and kinds of files are those of Unix.");

    public override async ValueTask DisposeAsync()
    {
        _outside.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private string Data => Path.Combine(Folder, "data");

    [Theory]
    [Trait("Security", "E8")]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("dangling")]
    [InlineData("chain")]
    public async Task Apply_LinkThatLeadsOut_IsRefusedAndNothingIsWritten(string kind)
    {
        string target = _outside.File("target");
        string name = Path.Combine(Data, "name");
        Directory.CreateDirectory(Data);
        switch (kind)
        {
            case "file":
                await File.WriteAllTextAsync(target, "kept", Token);
                File.CreateSymbolicLink(name, target);
                break;
            case "folder":
                Directory.CreateSymbolicLink(name, _outside.Path);
                name = Path.Combine(name, "target");
                break;
            case "dangling":
                File.CreateSymbolicLink(name, target);
                break;
            default:
                File.CreateSymbolicLink(Path.Combine(Data, "hop"), Path.Combine("..", "..", Path.GetFileName(_outside.Path), "target"));
                File.CreateSymbolicLink(name, "hop");
                break;
        }

        MarbleActivationException exception = await RefuseAsync(name);

        Assert.Contains("out of the folders that the app accepts files in", exception.Message, StringComparison.Ordinal);
        Assert.Equal(kind == "file" ? "kept" : null, File.Exists(target) ? await File.ReadAllTextAsync(target, Token) : null);
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task Apply_LinkIntoTheApp_IsRefusedThoughTheAppListsIt()
    {
        Directory.CreateDirectory(Data);
        string name = Path.Combine(Data, "name");
        File.CreateSymbolicLink(name, Path.Combine(AppContext.BaseDirectory, "Lazy.dll"));

        MarbleActivationException exception = await RefuseAsync(name, o => o.FileRoots.Add(AppContext.BaseDirectory));

        Assert.Contains("which belongs to the app", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "Lazy.dll")));
    }

    [Fact]
    public async Task Apply_LinkWithinTheRoots_IsFollowedAndStays()
    {
        Directory.CreateDirectory(Path.Combine(Data, "real"));
        Directory.CreateSymbolicLink(Path.Combine(Data, "folder"), "real");
        await File.WriteAllTextAsync(Path.Combine(Data, "real", "file"), "old", Token);
        File.CreateSymbolicLink(Path.Combine(Data, "link"), Path.Combine(Data, "folder", "file"));
        File.CreateSymbolicLink(Path.Combine(Data, "new"), Path.Combine("real", "made"));

        await GiveAsync(null, Path.Combine(Data, "link"), Path.Combine(Data, "new"), Path.Combine(Data, "folder", "third"));

        Assert.NotNull(new FileInfo(Path.Combine(Data, "link")).LinkTarget);
        Assert.NotNull(new FileInfo(Path.Combine(Data, "new")).LinkTarget);
        string[] written = [.. Directory.GetFiles(Path.Combine(Data, "real")).Order(StringComparer.Ordinal)];
        Assert.Equal(["file", "made", "third"], written.Select(f => Path.GetFileName(f)));
        Assert.All(written, f => Assert.Equal("content", File.ReadAllText(f)));
        Assert.All(written, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task Apply_TwoNamesThatALinkMakesOne_AreRefused()
    {
        Directory.CreateDirectory(Data);
        File.CreateSymbolicLink(Path.Combine(Data, "b"), "a");

        MarbleActivationException exception = await RefuseAsync(Path.Combine(Data, "a"), null, Path.Combine(Data, "b"));

        Assert.Contains("A link makes it the same file as", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task Apply_LinksInACircle_AreRefused()
    {
        Directory.CreateDirectory(Data);
        File.CreateSymbolicLink(Path.Combine(Data, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(Data, "b"), "a");

        MarbleActivationException exception = await RefuseAsync(Path.Combine(Data, "a"));

        Assert.Contains("links", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E8")]
    [InlineData("FIFO")]
    [InlineData("socket")]
    [InlineData("folder")]
    [InlineData("hard link")]
    public async Task Apply_WhatIsNoFileOfItsOwn_IsRefusedAndStays(string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Others do not tell what it is.");
        Directory.CreateDirectory(Data);
        string name = Path.Combine(Data, "name");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        switch (kind)
        {
            case "FIFO":
                Assert.Equal(0, (await ExternalTool.TryRunAsync("mkfifo", [name], Token))?.ExitCode);
                break;
            case "socket":
                socket.Bind(new UnixDomainSocketEndPoint(name));
                break;
            case "folder":
                Directory.CreateDirectory(name);
                break;
            default:
                await File.WriteAllTextAsync(_outside.File("other"), "kept", Token);
                Assert.Equal(0, (await ExternalTool.TryRunAsync("ln", [_outside.File("other"), name], Token))?.ExitCode);
                break;
        }

        FileNode before = FileNode.Look(name);

        MarbleActivationException exception = await RefuseAsync(name);

        Assert.Contains(kind, exception.Message, StringComparison.Ordinal);
        Assert.Contains("which is left as it is", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, FileNode.Look(name));
    }

    [Fact]
    [Trait("Security", "E8")]
    public void Write_FolderChangedForALinkMeanwhile_IsNoticedBeforeTheLastStep()
    {
        Directory.CreateDirectory(Data);
        string place = Path.Combine(Data, "name");
        var rules = FileRules.Of(new MarbleOptions { FileRoots = { Folder } });

        Assert.Throws<IOException>(() => PrivateFile.Write(rules.Locate(place), "content"u8, () =>
        {
            Directory.Move(Data, Path.Combine(Folder, "moved"));
            Directory.CreateSymbolicLink(Data, _outside.Path);
            rules.Locate(place);
        }));

        Assert.Empty(Directory.GetFileSystemEntries(_outside.Path));
    }

    [Fact]
    public void Write_CheckRefuses_LeavesNothing()
    {
        Assert.Throws<IOException>(
            () => PrivateFile.Write(Path.Combine(Folder, "name"), "content"u8, () => throw new IOException("moved")));

        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData("/dev/null", FileNodeKind.Device)]
    [InlineData("/proc/self", FileNodeKind.Link)]
    [InlineData("/etc", FileNodeKind.Folder)]
    [InlineData("/etc/passwd", FileNodeKind.File)]
    [InlineData("/etc/passwd/below", FileNodeKind.Nothing)]
    [InlineData("/no-such-thing", FileNodeKind.Nothing)]
    public void Look_AtWhatEverySystemHas_NamesItsKind(string path, object kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Others do not tell what it is.");

        Assert.Equal(kind, FileNode.Look(path).Kind);
    }

    private async Task<MarbleActivationException> RefuseAsync(string path, Action<MarbleOptions>? options = null, params string[] more)
    {
        string[] before = [.. Entries(Folder), .. Entries(_outside.Path)];
        Task Act() => GiveAsync(options, [path, Path.Combine(Folder, "innocent"), .. more]);

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(Act);

        Assert.Equal(MarbleActivationFailure.ParametersNotApplied, exception.Failure);
        string[] after = [.. Entries(Folder).Where(e => e != UuidFile), .. Entries(_outside.Path)];
        Assert.Equal(before, after);
        return exception;
    }

    private static IEnumerable<string> Entries(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private Task<MarbleActivation> GiveAsync(Action<MarbleOptions>? options, params string[] paths)
    {
        Coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            foreach (string path in paths)
            {
                reply.Files[path] = "content"u8.ToArray();
            }

            return reply;
        };
        return ActivateAsync(options);
    }
}
