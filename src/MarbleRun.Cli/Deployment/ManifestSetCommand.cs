using System.CommandLine;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Output;
using MarbleRun.Management;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest set</c>.</summary>
internal static class ManifestSetCommand
{
    public static Command Create()
    {
        Argument<string> file = ManifestCommands.CreateFile();
        var command = new Command(
            "set",
            "Verifies a Coordinator and sets its first manifest. The recovery data are encrypted for the RecoveryKeys of the manifest, and "
            + "cannot be fetched again.")
        {
            file, ManifestOptions.RecoveryFile, ManifestOptions.Signatures,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun manifest set manifest.json localhost:4433 --recoverydata recovery.json",
            "marblerun manifest set manifest.json localhost:4433 --era-config coordinator-era.json --signatures signatures.json",
            "marblerun manifest set manifest.json localhost:4433 --simulation");
        return command.SetRun(run => RunAsync(run, run.Arguments.GetRequiredValue(file), run.Arguments.GetRequiredValue(address)));
    }

    private static async Task<int> RunAsync(CommandRun run, string file, string address)
    {
        var access = CoordinatorAccess.For(run, address);

        // Everything that can fail here fails before the step that cannot be repeated.
        byte[] manifest = await ManifestInput.ReadForCoordinatorAsync(file, run.CancellationToken);
        var signatures = await ManifestOptions.ReadSignaturesAsync(run);
        using var recovery = RecoveryData.Prepare(run.Arguments.GetValue(ManifestOptions.RecoveryFile));

        AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Ignore);
        await run.TalkAsync("Successfully verified Coordinator, now uploading manifest");
        string fingerprint = Manifest.ComputeFingerprint(manifest);
        await run.TalkAsync($"Manifest signature: {fingerprint}");
        using CoordinatorClient client = access.Open(coordinator);
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets = await OnlyAnswer.WaitAsync(
            run,
            end => client.SetManifestAsync(manifest, signatures, end),
            $"whether the manifest was set. Find out with: marblerun manifest verify {file} {address}. If it was set, its recovery data "
            + "are lost; start this deployment again with a new state before it has data.");
        await run.TalkAsync("Manifest successfully set");
        string? fault = await recovery.WriteAsync(run, secrets);
        await access.SaveQuoteAsync(coordinator);
        await access.KeepAsync(coordinator);
        if (run.Format != OutputFormat.Text)
        {
            await run.WriteAsync(new SetResult(fingerprint, secrets));
        }

        return fault is null ? ExitCodes.Ok : throw new CommandException(ExitCodes.Failed, $"The manifest was set, but {fault}");
    }

    private sealed class SetResult(string fingerprint, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets) : Result
    {
        public override void WriteText(TextWriter output)
        {
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteString("manifestFingerprint", fingerprint);
            RecoveryData.WriteMember(json, secrets);
        }
    }
}
