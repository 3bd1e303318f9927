using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Secrets;

/// <summary><c>marblerun secret set</c>.</summary>
internal static class SecretSetCommand
{
    private static readonly Argument<string> s_file = new("file")
    {
        Description = "The secrets, JSON: { \"name\": { \"Key\": base64 } }, or { \"name\": { \"Cert\": base64 of DER, \"Private\": base64 "
            + "of PKCS#8 } }. With --from-pem: PEM. - is standard input.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> s_fromPem = new("--from-pem")
    {
        Description = "The name of the one secret whose certificate and private key the file has in PEM. Keys in PKCS#1 and SEC 1 are "
            + "converted to PKCS#8.",
        HelpName = "NAME",
    };

    public static Command Create()
    {
        var command = new Command("set", "Sets user-defined secrets, all of the file or none.") { s_file };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(s_fromPem);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun secret set secrets.json localhost:4433 --cert admin.pem --key admin.key",
            "marblerun secret set certificate.pem localhost:4433 --from-pem server_cert --cert admin.pem --key admin.key");
        return command.SetRun(run => RunAsync(run, run.Arguments.GetRequiredValue(address)));
    }

    private static async Task<int> RunAsync(CommandRun run, string address)
    {
        string path = run.Arguments.GetRequiredValue(s_file);
        byte[] content = await InputFile.ReadAsync(path, "file of secrets", run.CancellationToken);
        using SecretUploads uploads = run.Arguments.GetValue(s_fromPem) switch
        {
            null => SecretsFile.Read(path, content),
            "" => throw new InputException("--from-pem is empty. Specify the name of the secret."),
            var name => SecretPem.Read(path, name, content),
        };
        using X509Certificate2 user = await UserOptions.ReadAsync(run);
        using CoordinatorClient client = await CoordinatorAccess.For(run, address).ConnectAsync(user);
        await client.SetSecretsAsync(uploads.Values, run.CancellationToken);
        await run.WriteAsync(new Written([.. uploads.Values.Keys]));
        return ExitCodes.Ok;
    }

    private sealed class Written(IReadOnlyList<string> names) : Result
    {
        public override void WriteText(TextWriter output) => output.WriteLine("Secret successfully set");

        public override void WriteJson(Utf8JsonWriter json) => JsonTexts.Write(json, "secrets", names);
    }
}
