using System.CommandLine;
using MarbleRun.Cli.Output;
using MarbleRun.Tee;

namespace MarbleRun.Cli.SelfTests;

/// <summary><c>marblerun selftest</c>: commands that test the machine that they run on.</summary>
internal static class SelfTestCommands
{
    public static Command Create() => new("selftest", "Tests what this machine offers.") { CreateTee() };

    private static Command CreateTee()
    {
        var backend = new Option<TeeBackend>("--backend")
        {
            Description = "How the environment is reached; by default the one that is found.",
            HelpName = "NAME",
        };
        var collateral = new Option<string?>("--collateral")
        {
            Description =
                "The collateral to verify the evidence with: a bundle folder, one JSON file, or the URL of a PCCS (SEV-SNP: of AMD's Key "
                + "Distribution Service). Without it the evidence is not verified.",
            HelpName = "PATH|URL",
        };
        var extend = new Option<bool>("--extend")
        {
            Description =
                "Also extend the runtime measurement register 3 (Intel TDX). This cannot be undone until the machine restarts, and changes "
                + "all evidence after it.",
        };
        var json = new Option<bool>("--json") { Description = "Write the report as JSON." };
        var command = new Command(
            "tee",
            "Uses everything that the trusted execution environment of this process offers, and writes a report without secrets. Exit code "
            + "0: all of it works, 1: something failed or there is no environment, 2: the input can't be read.")
        {
            backend, collateral, extend, json,
        };
        command.SetExamples("marblerun selftest tee", "marblerun selftest tee --collateral ./collateral --json");
        command.SetAction((result, cancellationToken) => TeeSelfTestCommand.RunAsync(
            new TeeSelfTestOptions(
                result.GetValue(backend), result.GetValue(collateral), result.GetValue(extend), result.GetValue(json)),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }
}
