using System.Net;
using System.Net.Sockets;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>What a Coordinator says that cannot start: what is wrong, and what to do.</summary>
public sealed class StartFailureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("MeshAddress", "https")]
    [InlineData("ClientAddress", "https")]
    [InlineData("MetricsAddress", "http")]
    public async Task Start_AtAPortThatIsTaken_TellsToStopTheOtherOrToChooseAnother(string option, string scheme)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        string told = await FailAsync((option, $"{taken.LocalEndpoint}"));

        Assert.StartsWith($"Failed to bind to address {scheme}://{taken.LocalEndpoint}: address already in use. Another program listens there", told, StringComparison.Ordinal);
        Assert.Contains($"Coordinator:{option} (--", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AtAnAddressOfAnotherMachine_NamesTheOptions() =>
        Assert.Contains("Check Coordinator:MeshAddress (--mesh-address)", await FailAsync(("MeshAddress", "192.0.2.1:2001")), StringComparison.Ordinal);

    [Fact]
    public void Describe_OfAPortThatNeedsARight_SaysSo() =>
        Assert.Contains("A port below 1024 needs a right", StartFailure.Describe(new SocketException((int)SocketError.AccessDenied)), StringComparison.Ordinal);

    [Theory]
    [InlineData("SealDirectory")]
    [InlineData("AuditDirectory")]
    [InlineData("GenerationGuardPath")]
    [InlineData("StartupManifest")]
    public async Task Start_WithAPathThatCannotBeUsed_NamesItAndItsOption(string option)
    {
        await File.WriteAllTextAsync(_directory.File("file"), string.Empty, TestContext.Current.CancellationToken);
        string path = _directory.File("file/below");

        string told = await FailAsync((option, path));

        Assert.Contains($"'{path}'", told, StringComparison.Ordinal);
        Assert.Contains($"Coordinator:{option}", told, StringComparison.Ordinal);
    }

    private async Task<string> FailAsync(params (string Member, string Value)[] settings)
    {
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => CoordinatorHost.StartAsync(_directory, null, settings));
        return StartFailure.Describe(exception);
    }
}
