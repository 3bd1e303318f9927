using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Help;

/// <summary><c>marblerun version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command(
            "version",
            "Shows the version of this program. With an address, the Coordinator there is verified, and the code that its quote proves is "
            + "shown: a Coordinator does not say its version.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        address.Arity = ArgumentArity.ZeroOrOne;
        command.Options.Add(FormatOption.Create());
        command.SetExamples("marblerun version", "marblerun version localhost:4433 --format json");
        return command.SetRun(async run =>
        {
            QuoteClaims? code = null;
            if (run.Arguments.GetValue(address) is { } chosen)
            {
                AttestedCoordinator coordinator = await CoordinatorAccess.For(run, chosen).AttestAsync(PinUse.Compare);
                code = coordinator.Verdict?.Claims ?? throw new InputException(
                    "The code of a Coordinator that is not verified is unknown. Omit --insecure.");
            }

            await run.WriteAsync(new VersionResult(code));
            return ExitCodes.Ok;
        });
    }

    private sealed class VersionResult(QuoteClaims? code) : Result
    {
        private static readonly string[] s_parts = (typeof(VersionCommand).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);

        private static string Version => s_parts[0];

        /// <summary>Zeros in a build that does not know it, as in the reference.</summary>
        private static string Commit => s_parts is [_, { Length: 40 } commit] ? commit : new string('0', 40);

        public override void WriteText(TextWriter output)
        {
            output.WriteLine($"CLI Version: v{Version}");
            output.WriteLine($"Commit: {Commit}");
            if (code is not null)
            {
                output.WriteLine($"Coordinator: {code.Tee.ToString().ToUpperInvariant()}, measurement {code.UniqueId}");
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteString("version", Version);
            json.WriteString("commit", Commit);
            if (code is not null)
            {
                json.WriteStartObject("coordinator");
                json.WriteString("tee", code.Tee.ToString());
                json.WriteString("uniqueId", code.UniqueId);
                json.WriteString("signerId", code.SignerId);
                json.WriteNumber("productId", code.ProductId);
                json.WriteNumber("securityVersion", code.SecurityVersion);
                json.WriteBoolean("debug", code.Debug);
                json.WriteEndObject();
            }
        }
    }
}
