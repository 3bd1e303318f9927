using System.CommandLine;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Output;
using MarbleRun.Management;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest verify</c>.</summary>
internal static class ManifestVerifyCommand
{
    private const int FingerprintLength = 64;

    public static Command Create()
    {
        var expected = new Argument<string>("manifest")
        {
            Description = "The expected manifest: a file, or its SHA-256 in hexadecimal (\"manifest signature\").",
            HelpName = "FILE|HEX",
        };
        var command = new Command(
            "verify",
            "Verifies that a Coordinator is genuine and has the expected manifest, and keeps its certificates. Updates of packages do not "
            + "change the fingerprint: see \"manifest get --display-update\".")
        {
            expected,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun manifest verify manifest.json localhost:4433",
            "marblerun manifest verify 3fff78e99dd9bd801e0a3a22b7f7a24a492302c4d00546d18c7f7ed6e26e95c3 localhost:4433");
        return command.SetRun(async run =>
        {
            string fingerprint = await ReadExpectedAsync(run.Arguments.GetRequiredValue(expected), run.CancellationToken);
            var access = CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address));
            AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Ignore);
            using CoordinatorClient client = access.Open(coordinator);
            SignedManifest manifest = await client.GetManifestAsync(run.CancellationToken);
            if (!string.Equals(manifest.Fingerprint, fingerprint, StringComparison.OrdinalIgnoreCase))
            {
                throw new CommandException(
                    ExitCodes.VerificationFailed,
                    "MarbleRun deployment is using a different manifest than expected: manifest hash does not match local hash: "
                    + $"\"{manifest.Fingerprint}\" != \"{fingerprint}\"");
            }

            if (coordinator.Verdict is not null && !manifest.IsSignedBy(coordinator.Evidence.Root))
            {
                throw new CommandException(
                    ExitCodes.VerificationFailed, "The manifest is not signed by the root certificate of the Coordinator.");
            }

            await run.WriteAsync(new Verified(coordinator, manifest));
            await access.SaveQuoteAsync(coordinator);
            await access.KeepAsync(coordinator);
            return ExitCodes.Ok;
        });
    }

    /// <summary>Checked before anything is sent.</summary>
    private static async Task<string> ReadExpectedAsync(string argument, CancellationToken cancellationToken)
    {
        if (argument == InputFile.StandardInput || Path.Exists(CommandEnvironment.Current.Resolve(argument)))
        {
            return Manifest.ComputeFingerprint(await ManifestInput.ReadForCoordinatorAsync(argument, cancellationToken));
        }

        if (argument.Length != FingerprintLength)
        {
            throw new InputException(
                $"{argument} is not a file and of invalid length to be a signature (needs to be 32 bytes)");
        }

        return argument.All(char.IsAsciiHexDigit)
            ? argument.ToLowerInvariant()
            : throw new InputException($"{argument} is not a file and not a valid signature (needs to be in hex format)");
    }

    private sealed class Verified(AttestedCoordinator coordinator, SignedManifest manifest) : Result
    {
        public override void WriteText(TextWriter output) => output.WriteLine("OK");

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteString("manifestFingerprint", manifest.Fingerprint);
            json.WriteString("rootCertificate", coordinator.Pin.Fingerprint);
            json.WriteBoolean("verified", coordinator.Verdict is not null);
        }
    }
}
