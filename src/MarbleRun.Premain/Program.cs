using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation;
using Microsoft.Extensions.Options;

namespace MarbleRun.Premain;

/// <summary>Becomes the service on success, so that it ends only on failure, or after <c>--help</c> and <c>--version</c>.</summary>
[SuppressMessage("ApiDesign", "RS0030:Do not use banned APIs", Justification = "Its errors are for the console of the host.")]
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is ["--help" or "-h"] or ["--version"])
        {
            Console.WriteLine(arguments is ["--version"] ? typeof(Program).Assembly.GetName().Version?.ToString(3) : LaunchOptions.Help);
            return 0;
        }

        bool isFirst = Environment.ProcessId == 1;
        try
        {
            var options = LaunchOptions.Parse(arguments);
            if (isFirst)
            {
                NativeLaunch.MountSystem();
            }

            var settings = LaunchSettings.Read(AppContext.BaseDirectory);
            if (isFirst)
            {
                SetUpMachine(settings.Setup);
            }

            Launcher.Run(options, settings);
            return 0;
        }
        catch (Exception exception) when (isFirst || IsExpected(exception))
        {
            Console.Error.WriteLine($"marblerun-premain: {(IsExpected(exception) ? exception.Message : exception)}");
            int exitCode = exception is LaunchException { IsUsage: true } ? 2 : 1;

            // Linux panics when its first process ends.
            return isFirst ? NativeLaunch.PowerOff() : exitCode;
        }
    }

    private static bool IsExpected(Exception exception) =>
        exception is LaunchException or MarbleActivationException or AttestationException or OptionsValidationException;

    private static void SetUpMachine(IReadOnlyList<string> setup)
    {
        if (setup is [_, ..])
        {
            NativeLaunch.Run(setup);
        }

        // It may come with a module that the setup loads.
        NativeLaunch.MountConfigfs();
    }
}
