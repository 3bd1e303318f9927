using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Secrets;

/// <summary><c>marblerun secret get</c>.</summary>
internal static class SecretGetCommand
{
    private static readonly Argument<string[]> s_names = new("names")
    {
        Description = "The names of the secrets, at least one, and then the client address of the Coordinator, host:port.",
        HelpName = "NAME... ADDR",
        Arity = new ArgumentArity(2, 1000),
    };

    private static readonly Option<string?> s_file = new("--output", "-o")
    {
        Description = "Write the secrets to this file, JSON, which only you may read (mode 0600). It is replaced if it exists.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> s_raw = new("--raw")
    {
        Description = "Write the bytes of one symmetric key or of plain data, and nothing else. Default: base64.",
    };

    public static Command Create()
    {
        var command = new Command(
            "get",
            "Shows secrets: certificates and keys in PEM, symmetric keys and plain data in base64, sizes in bits, validity in days.")
        {
            s_names,
        };
        GlobalOptions.AddCoordinatorOptionsTo(command);
        command.Options.Add(s_file);
        command.Options.Add(s_raw);
        command.Options.Add(FormatOption.Create(alsoOutput: false));
        command.SetExamples(
            "marblerun secret get api_key server_cert localhost:4433 --cert admin.pem --key admin.key",
            "marblerun secret get api_key localhost:4433 --raw --cert admin.pem --key admin.key > api.key",
            "marblerun secret get api_key localhost:4433 --output secrets.json --cert admin.pem --key admin.key");
        return command.SetRun(RunAsync);
    }

    private static async Task<int> RunAsync(CommandRun run)
    {
        string[] words = run.Arguments.GetRequiredValue(s_names);
        string[] names = words[..^1];
        bool isRaw = run.Arguments.GetValue(s_raw);
        if (isRaw && (names.Length > 1 || run.Format != OutputFormat.Text))
        {
            throw new InputException("--raw writes the bytes of one secret. Specify one name, and no --format.");
        }

        CoordinatorAccess access = CoordinatorAccess.For(run, words[^1]);
        using X509Certificate2 user = await UserOptions.ReadAsync(run);

        // A file that can't be written is found out before the secrets are on this machine.
        string? path = run.Arguments.GetValue(s_file) is { Length: > 0 } file ? file : null;
        using PrivateFile? target = path is null ? null : PrivateFile.Prepare(path, overwrite: true);
        using CoordinatorClient client = await access.ConnectAsync(user);
        IReadOnlyDictionary<string, MeshSecret> secrets = await client.GetSecretsAsync(names, run.CancellationToken);
        try
        {
            await WriteAsync(run, secrets, isRaw ? ValueOf(names[0], secrets[names[0]]) : (ReadOnlyMemory<byte>?)null, target, path);
            return ExitCodes.Ok;
        }
        finally
        {
            foreach (MeshSecret secret in secrets.Values)
            {
                secret.Dispose();
            }
        }
    }

    private static async Task WriteAsync(
        CommandRun run, IReadOnlyDictionary<string, MeshSecret> secrets, ReadOnlyMemory<byte>? raw, PrivateFile? target, string? path)
    {
        if (target is not null)
        {
            await target.WriteAsync(raw ?? SecretsJson.Write(secrets), run.CancellationToken);
            await run.WriteAsync(new Saved(path!, [.. secrets.Keys]));
        }
        else if (raw is { } bytes)
        {
            await run.WriteBytesAsync(bytes);
        }
        else
        {
            await run.WriteAsync(new SecretsResult(secrets));
        }
    }

    private static ReadOnlyMemory<byte> ValueOf(string name, MeshSecret secret) => secret.Type switch
    {
        "symmetric-key" or "plain" => secret.Public,
        _ => throw new InputException(
            $"The secret {name} is of type {secret.Type}: it has a certificate and keys, which are shown in PEM without --raw."),
    };

    private sealed class Saved(string path, IReadOnlyList<string> names) : Result
    {
        public override void WriteText(TextWriter output) => output.WriteLine($"Saved secrets to: {path}");

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteString("file", path);
            JsonTexts.Write(json, "secrets", names);
        }
    }
}
