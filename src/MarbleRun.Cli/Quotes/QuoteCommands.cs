using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Quotes;

/// <summary><c>marblerun quote</c>: commands for evidence that need no Coordinator.</summary>
internal static class QuoteCommands
{
    public static Command Create() => new("quote", "Verifies or shows attestation evidence.") { CreateVerify(), CreateShow() };

    private static Command CreateVerify()
    {
        Argument<string> file = CreateFile();
        var collateral = new Option<string?>("--collateral")
        {
            Description =
                "The collateral of the platform: a bundle folder, one JSON file, or the URL of a PCCS (SEV-SNP: of AMD's Key Distribution "
                + "Service).",
            HelpName = "PATH|URL",
        };
        var trustedRoot = new Option<string?>("--trusted-root")
        {
            Description = "The root certificate to trust instead of the vendor's, DER or PEM.",
            HelpName = "FILE",
        };
        var at = new Option<string?>("--at") { Description = "Verify as of this time, RFC 3339. Default: now.", HelpName = "TIME" };
        var simulation = new Option<bool>("--simulation")
        {
            Description = "Trust the development root of this machine's simulation, and no vendor's root.",
        };
        var allowDebug = new Option<bool>("--allow-debug") { Description = "Also accept evidence of code that can be debugged." };
        Option<string> format = CreateFormat();
        var json = new Option<bool>("--json") { Description = "Write the verdict as JSON." };
        var expected = new ExpectedCodeOptions();
        var command = new Command("verify", "Verifies evidence. Exit code 0: accepted, 3: rejected, 2: the input can't be read.")
        {
            file, collateral, trustedRoot, simulation, at, allowDebug, format, json,
        };
        expected.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(simulation) && result.GetValue(trustedRoot) is not null)
            {
                result.AddError("--simulation and --trusted-root specify two roots: use one.");
            }
        });
        command.SetExamples(
            "marblerun quote verify quote.bin --collateral ./collateral",
            "marblerun quote verify quote.bin --collateral https://localhost:8081 --manifest manifest.json --package backend");
        command.SetAction((result, cancellationToken) => QuoteVerification.RunAsync(
            new VerifyOptions(
                result.GetRequiredValue(file),
                new EvidenceTrust(result.GetValue(collateral), result.GetValue(trustedRoot), result.GetValue(simulation)),
                result.GetValue(at),
                result.GetValue(allowDebug),
                result.GetValue(json),
                result.GetRequiredValue(format))
            {
                Expected = expected.Read(result),
            },
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        Argument<string> file = CreateFile();
        Option<string> format = CreateFormat();
        var command = new Command("show", "Prints every field of evidence without verifying it.") { file, format };
        command.SetExamples("marblerun quote show quote.bin");
        command.SetAction((result, cancellationToken) =>
            QuoteDisplay.RunAsync(
                result.GetRequiredValue(file), result.GetRequiredValue(format), result.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    private static Option<string> CreateFormat()
    {
        var format = new Option<string>("--format")
        {
            Description =
                "The form of the file. Default: auto, which detects it: binary, hexadecimal, base64, PEM, a Coordinator's JSON answer, "
                + "or an Azure HCL report.",
            HelpName = "FORM",
            DefaultValueFactory = _ => EvidenceInput.Auto,
        };
        format.AcceptOnlyFromAmong([.. EvidenceInput.Forms.Keys]);
        return format;
    }

    private static Argument<string> CreateFile() => new("file")
    {
        Description = "The evidence as the platform created it, with or without its header on the wire, binary or as text.",
        HelpName = "FILE",
    };
}
