using MarbleRun.Activation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

public sealed class UuidFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;

    private string File => Path.Combine(_folder, "uuid");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Case("marble-api", "Activation: the UUID file is made, used again, and refused when broken")]
    public void LoadOrCreate_NoFile_MakesAPrivateOneOf36Characters()
    {
        Guid uuid = UuidFile.LoadOrCreate(File, out bool isNew);

        Assert.True(isNew);
        Assert.Equal(uuid.ToString(), System.IO.File.ReadAllText(File));
        Assert.Equal(36, new FileInfo(File).Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }

        Assert.Equal(uuid, UuidFile.LoadOrCreate(File, out isNew));
        Assert.False(isNew);
    }

    [Theory]
    [InlineData("0cc175b9-c0f1-4b6a-831c-399e26977266")]
    [InlineData("0CC175B9-C0F1-4B6A-831C-399E26977266")]
    [InlineData("0cc175b9-c0f1-4b6a-831c-399e26977266\n")]
    [InlineData("0cc175b9c0f14b6a831c399e26977266")]
    [InlineData("{0cc175b9-c0f1-4b6a-831c-399e26977266}")]
    [InlineData("urn:uuid:0cc175b9-c0f1-4b6a-831c-399e26977266")]
    [Case("marble-api", "Activation: the UUID file is made, used again, and refused when broken")]
    public void LoadOrCreate_AnyForm_IsRead(string content)
    {
        System.IO.File.WriteAllText(File, content);

        Assert.Equal(Guid.Parse("0cc175b9-c0f1-4b6a-831c-399e26977266"), UuidFile.LoadOrCreate(File, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("0cc175b9-c0f1-4b6a-831c-399e26977266\n\n")]
    [InlineData(" 0cc175b9-c0f1-4b6a-831c-399e26977266")]
    [InlineData("zcc175b9-c0f1-4b6a-831c-399e26977266")]
    [InlineData("urn:xxxx:0cc175b9-c0f1-4b6a-831c-399e26977266")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [Case("marble-api", "Activation: the UUID file is made, used again, and refused when broken")]
    public void LoadOrCreate_GarbageOrZero_FailsAndLeavesTheFile(string content)
    {
        System.IO.File.WriteAllText(File, content);

        MarbleActivationException exception = Assert.Throws<MarbleActivationException>(() => UuidFile.LoadOrCreate(File, out _));

        Assert.Equal(MarbleActivationFailure.InstanceIdUnavailable, exception.Failure);
        Assert.Contains(File, exception.Message, StringComparison.Ordinal);
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void LoadOrCreate_FolderMissing_FailsWithTheVariableToSet()
    {
        MarbleActivationException exception =
            Assert.Throws<MarbleActivationException>(() => UuidFile.LoadOrCreate(Path.Combine(_folder, "missing", "uuid"), out _));

        Assert.Contains("EDG_MARBLE_UUID_FILE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task LoadOrCreate_FileIsAFifo_IsRefusedAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Others do not tell what it is.");
        Assert.Equal(0, (await ExternalTool.TryRunAsync("mkfifo", [File], TestContext.Current.CancellationToken))?.ExitCode);

        MarbleActivationException exception = Assert.Throws<MarbleActivationException>(() => UuidFile.LoadOrCreate(File, out _));

        Assert.Contains("There is a FIFO, not a regular file.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadOrCreate_FileIsALinkToNothing_IsMadeThereAndTheLinkStays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link needs a privilege there.");
        System.IO.File.CreateSymbolicLink(File, "made");

        Guid id = UuidFile.LoadOrCreate(File, out _);

        Assert.NotNull(new FileInfo(File).LinkTarget);
        Assert.Equal(id.ToString(), System.IO.File.ReadAllText(Path.Combine(_folder, "made")));
    }
}
