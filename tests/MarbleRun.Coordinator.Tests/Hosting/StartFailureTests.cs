using System.Net;
using System.Net.Sockets;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>What a Coordinator says that cannot start: what is wrong, and what to do.</summary>
public sealed class StartFailureTests : CoordinatorTest
{
    [Theory]
    [InlineData("MeshAddress", "https")]
    [InlineData("ClientAddress", "https")]
    [InlineData("MetricsAddress", "http")]
    public async Task Start_AtAPortThatIsTaken_SaysToStopTheOtherOrToChooseAnother(string option, string scheme)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        string told = await FailAsync((option, $"{taken.LocalEndpoint}"));

        Assert.StartsWith(
            $"Failed to bind to address {scheme}://{taken.LocalEndpoint}: address already in use. Another program uses this port",
            told,
            StringComparison.Ordinal);
        Assert.Contains($"Coordinator:{option} (--", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AtAnAddressOfAnotherMachine_NamesTheOptions() =>
        Assert.Contains(
            "Check Coordinator:MeshAddress (--mesh-address)", await FailAsync(("MeshAddress", "192.0.2.1:2001")), StringComparison.Ordinal);

    [Fact]
    public void Describe_OfAPortThatNeedsARight_SaysSo() =>
        Assert.Contains(
            "A port below 1024 needs a permission",
            StartFailure.Describe(new SocketException((int)SocketError.AccessDenied)),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("SealDirectory")]
    [InlineData("AuditDirectory")]
    [InlineData("GenerationGuardPath")]
    [InlineData("StartupManifest")]
    public async Task Start_WithAPathThatCannotBeUsed_NamesItAndItsOption(string option)
    {
        await File.WriteAllTextAsync(Folder.File("file"), string.Empty, TestContext.Current.CancellationToken);
        string path = Folder.File("file/below");

        string told = await FailAsync((option, path));

        Assert.Contains($"'{path}'", told, StringComparison.Ordinal);
        Assert.Contains($"Coordinator:{option}", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("StartupManifest", "FIFO", "There is a FIFO at")]
    [InlineData("StartupManifest", "/dev/zero", "There is a device at")]
    [InlineData("StartupManifest", "folder", "There is a folder at")]
    [InlineData("StartupManifestSignatures", "FIFO", "There is a FIFO at")]
    [InlineData("StartupManifestSignatures", "/dev/zero", "There is a device at")]
    [InlineData("Bootstrap:CertificatePath", "FIFO", "There is a FIFO at")]
    [InlineData("Bootstrap:CertificatePath", "/dev/zero", "There is a device at")]
    [InlineData("GenerationGuardPath", "FIFO", "There is a FIFO at")]
    [InlineData("GenerationGuardPath", "/dev/zero", "There is a device at")]
    public async Task Start_WithWhatIsNoRegularFile_NamesItAndItsOption(string option, string what, string told)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not say what stands at a path.");
        string path = what.StartsWith('/') ? what : Folder.File(what);
        Directory.CreateDirectory(Folder.File("folder"));
        Assert.Equal(
            0, (await ExternalTool.TryRunAsync("mkfifo", [Folder.File("FIFO")], TestContext.Current.CancellationToken))?.ExitCode);
        await File.WriteAllTextAsync(Folder.File("manifest.json"), "{}", TestContext.Current.CancellationToken);

        string failure = await FailAsync(option == "StartupManifestSignatures"
            ? [("StartupManifest", Folder.File("manifest.json")), (option, path)]
            : [(option, path)]);

        Assert.Contains($"{told} '{path}', not a regular file.", failure, StringComparison.Ordinal);
        Assert.Contains($"Coordinator:{option}", failure, StringComparison.Ordinal);
    }

    private async Task<string> FailAsync(params (string Member, string Value)[] settings)
    {
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(null, settings));
        return StartFailure.Describe(exception);
    }
}
