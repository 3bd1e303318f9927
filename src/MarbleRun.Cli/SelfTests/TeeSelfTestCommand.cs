using MarbleRun.Tee;

namespace MarbleRun.Cli.SelfTests;

/// <summary><c>marblerun selftest tee</c>.</summary>
internal static class TeeSelfTestCommand
{
    public static async Task<int> RunAsync(TeeSelfTestOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        TeeSelfTestReport report = await TestAsync(options, cancellationToken);
        await output.WriteLineAsync(options.Json ? report.ToJson() : report.ToText());
        return report.Passed ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<TeeSelfTestReport> TestAsync(TeeSelfTestOptions options, CancellationToken cancellationToken)
    {
        TeePlatform platform;
        try
        {
            platform = TeePlatform.Open(options.Backend);
        }
        catch (TeeException exception)
        {
            return new TeeSelfTestReport(
                Environment: null, [new("open", SelfTestOutcome.Failed, TeeSelfTest.Describe(exception), TimeSpan.Zero)]);
        }

        using (platform)
        {
            var opened = new SelfTestStep("open", SelfTestOutcome.Passed, $"{platform.Provider} by {platform.Backend}", TimeSpan.Zero);
            return new TeeSelfTestReport(
                new TeeSelfTestEnvironment(platform.Provider, platform.Backend, platform.Capabilities),
                [opened, .. await new TeeSelfTest(platform, options).RunAsync(cancellationToken)]);
        }
    }
}
