using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Files;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Files;

/// <summary>What an option names as a file is read only if it is one.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_FileOverALink_IsReadToItsEnd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link needs a privilege there.");
        byte[] content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
        await File.WriteAllBytesAsync(_folder.File("file"), content, Token);
        File.CreateSymbolicLink(_folder.File("link"), "file");

        Assert.Equal(content, RegularFile.Read(_folder.File("link"), content.Length));
    }

    [Fact]
    public async Task Read_LongerThanItMayBe_SaysSo()
    {
        await File.WriteAllBytesAsync(_folder.File("file"), new byte[11], Token);

        Assert.EndsWith(
            "file' is longer than 10 bytes.",
            Assert.Throws<IOException>(() => RegularFile.Read(_folder.File("file"), 10)).Message,
            StringComparison.Ordinal);
        Assert.Equal(11, RegularFile.Read(_folder.File("file"), 11).Length);
    }

    [Theory]
    [InlineData("FIFO", "a FIFO")]
    [InlineData("link to FIFO", "a FIFO")]
    [InlineData("folder", "a folder")]
    [InlineData("/dev/zero", "a device")]
    public async Task Read_AnythingElse_IsRefusedAtOnce(string name, string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not say what stands at a path.");
        Directory.CreateDirectory(_folder.File("folder"));
        await MakePipeAsync("FIFO");
        File.CreateSymbolicLink(_folder.File("link to FIFO"), "FIFO");
        string path = name.StartsWith('/') ? name : _folder.File(name);

        IOException exception = Assert.Throws<IOException>(() => RegularFile.Read(path, 10));

        Assert.Equal($"There is {what} at '{path}', not a regular file.", exception.Message);
    }

    [Fact]
    public void Read_Nothing_IsReportedByThePlatform() =>
        Assert.Throws<FileNotFoundException>(() => RegularFile.Read(_folder.File("nothing"), 10));

    [Fact]
    public async Task Bundle_FileThatIsAFifo_IsRefusedAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not say what stands at a path.");
        await MakePipeAsync("collateral.json");

        CollateralException exception = await Assert.ThrowsAsync<CollateralException>(
            () => CollateralBundle.Open(_folder.Path)
                .GetDcapAsync(new DcapCollateralRequest(TeeType.Sgx, "00606A000000", "platform"), Token).AsTask());

        Assert.Contains("There is a FIFO at", exception.Message, StringComparison.Ordinal);
    }

    private async Task MakePipeAsync(string name) =>
        Assert.Equal(0, (await ExternalTool.TryRunAsync("mkfifo", [_folder.File(name)], Token))?.ExitCode);
}
