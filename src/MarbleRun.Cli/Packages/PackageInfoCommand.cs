using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Packages;

/// <summary><c>marblerun package-info</c>.</summary>
internal static class PackageInfoCommand
{
    private static readonly Argument<string> s_path = new("path")
    {
        Description = "A signed Open Enclave or EGo binary, the .sig file or the folder of a Gramine app, the folder of an Occlum image, "
            + "or a built or published .NET app.",
        HelpName = "PATH",
    };

    public static Command Create()
    {
        var command = new Command(
            "package-info", "Shows what a package of the manifest names of this code: measurement, signer, product and security version.")
        {
            s_path,
        };
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun package-info ./signed-app",
            "marblerun package-info ./gramine-folder",
            "marblerun package-info bin/Release/net10.0/Backend.dll --format json");
        return command.SetRun(RunAsync);
    }

    private static async Task<int> RunAsync(CommandRun run)
    {
        string path = run.Arguments.GetRequiredValue(s_path);
        if (path.Length == 0)
        {
            throw new InputException("The path is empty.");
        }

        var search = new PackageSearch(path);
        if (search.Run() is not { } found)
        {
            await run.Error.WriteLineAsync("ERROR: Failed to automatically determine SGX package signature properties.");
            foreach (string fault in search.Faults)
            {
                await run.Error.WriteLineAsync(fault);
            }

            throw new CommandException(ExitCodes.Failed, "unable to determine enclave properties");
        }

        if (found.Title.Length > 0)
        {
            await run.TalkAsync($"Detected {found.Title}.");
        }

        await run.WriteAsync(new PackageResult(path, found));
        await WarnAsync(run, found);
        return ExitCodes.Ok;
    }

    private static async Task WarnAsync(CommandRun run, PackageFinding found)
    {
        if (found.Kind == "dotnet")
        {
            await run.WarnAsync("this measurement is the one of simulation. On hardware, the image that contains the app is measured.");
        }

        if (found.Debug == true)
        {
            await run.WarnAsync("this is a debug enclave: the host can read its memory.");
        }

        if (found.IsSignatureValid == false)
        {
            await run.WarnAsync("the signature is not the signer's, so that hardware does not start this enclave.");
        }
    }
}
