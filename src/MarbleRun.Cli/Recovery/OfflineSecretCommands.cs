using System.CommandLine;
using System.Security.Cryptography;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary>What a party does with its secret without a connection: decrypt it, sign it, encrypt it for a Coordinator.</summary>
internal static class OfflineSecretCommands
{
    public static Command CreateEncrypt()
    {
        var coordinatorKey = new Option<string?>("--coordinator-pub-key")
        {
            Description = "The key of the Coordinator (public-key), PEM. Required.",
            HelpName = "FILE",
        };
        Option<string?> output = CreateOutput();
        var command = new Command(
            "encrypt-secret",
            "Encrypts a recovery secret for one run of a Coordinator in recovery, so that somebody else can send it. An encrypted secret "
            + "is decrypted with the party's key first.");
        RecoverySecret.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(coordinatorKey);
        RecoveryKeyOptions.AddTo(command);
        command.SetExamples(
            "marblerun recover-with-signature encrypt-secret recovery.json --name alice --key alice.key "
            + "--coordinator-pub-key coordinator.pub -o secret.enc");
        return command.SetRun(async run =>
        {
            Required.Ensure(run, coordinatorKey, output);
            using RSA publicKey = await RecoveryKeyFile.ReadPublicAsync(run, Required.Of(run, coordinatorKey));
            using RSA? key = await RecoveryKeyOptions.FindAsync(run);
            await TransformAsync(run, key, output, secret => publicKey.Encrypt(secret, RSAEncryptionPadding.OaepSHA256));
            return ExitCodes.Ok;
        });
    }

    public static Command CreateSign()
    {
        Option<string?> output = CreateOutput();
        var command = new Command(
            "sign-secret",
            "Signs a recovery secret with the party's key (RSASSA-PKCS1-v1_5 with SHA-256). An encrypted secret is decrypted with the key "
            + "first.");
        RecoverySecret.AddTo(command);
        command.Options.Add(output);
        RecoveryKeyOptions.AddTo(command);
        command.SetExamples("marblerun recover-with-signature sign-secret recovery.json --name alice --key alice.key -o secret.sig");
        return command.SetRun(async run =>
        {
            Required.Ensure(run, output);
            using RSA key = await RecoveryKeyOptions.ReadAsync(run);
            await TransformAsync(
                run, key, output, secret => key.SignData(secret, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            return ExitCodes.Ok;
        });
    }

    public static Command CreateDecrypt()
    {
        Option<string?> output = CreateOutput();
        var command = new Command(
            "decrypt",
            "Decrypts a recovery secret with the party's key to a new file that only its owner can read. Keep it only as long as needed: "
            + "recover decrypts by itself.");
        RecoverySecret.AddTo(command);
        command.Options.Add(output);
        RecoveryKeyOptions.AddTo(command);
        command.SetExamples("marblerun recovery decrypt recovery.json --name alice --key alice.key -o secret.bin");
        return command.SetRun(async run =>
        {
            Required.Ensure(run, output);
            using RSA key = await RecoveryKeyOptions.ReadAsync(run);
            await TransformAsync(run, key, output, secret => [.. secret]);
            return ExitCodes.Ok;
        });
    }

    private static Option<string?> CreateOutput() =>
        new("--output", "-o") { Description = "A new file for the result, bytes. Required.", HelpName = "FILE" };

    private static async Task TransformAsync(CommandRun run, RSA? key, Option<string?> output, Func<byte[], byte[]> transform)
    {
        byte[] content = await RecoverySecret.ReadAsync(run);
        using var file = PrivateFile.Prepare(Required.Of(run, output), overwrite: false);
        byte[] secret = RecoverySecret.Decrypt(run, content, key);
        byte[] result = transform(secret);
        CryptographicOperations.ZeroMemory(secret);
        await file.WriteAsync(result, run.CancellationToken);
        CryptographicOperations.ZeroMemory(result);
    }
}
