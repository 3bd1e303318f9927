using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests;

/// <summary>The openssl command line; tests that need it are skipped where it is not installed.</summary>
internal static class OpenSsl
{
    public static async Task<string> RunAsync(params string[] arguments)
    {
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync("openssl", arguments, TestContext.Current.CancellationToken);
        Assert.SkipWhen(result is null, "The openssl command is not installed; .ci/tools installs it.");
        Assert.True(result!.Value.ExitCode == 0, result.Value.Output);
        return result.Value.Output;
    }
}
