using System.CommandLine;
using System.Security.Cryptography;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Recovery;

/// <summary><c>marblerun recover</c>: decrypts, signs and sends a secret.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        var command = new Command(
            "recover",
            "Sends a party's recovery secret to a Coordinator in recovery. The secret is decrypted with the party's key if it is "
            + "encrypted, and signed with it. The Coordinator is verified afresh, because in recovery its root is a temporary one.");
        RecoverySecret.AddTo(command);
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        RecoveryKeyOptions.AddTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun recover recovery.json localhost:4433 --name alice --key alice.key",
            "marblerun recover secret.bin localhost:4433 --pkcs11-config pkcs11.json --pkcs11-key-label alice");
        return command.SetRun(async run =>
        {
            byte[] content = await RecoverySecret.ReadAsync(run);
            using RSA key = await RecoveryKeyOptions.ReadAsync(run);
            byte[] secret = RecoverySecret.Decrypt(run, content, key);
            try
            {
                byte[] signature = key.SignData(secret, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                return await SendAsync(run, run.Arguments.GetRequiredValue(address), secret, signature);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        });
    }

    /// <summary>Verifies the Coordinator, sends it the secret, and reports the progress.</summary>
    public static async Task<int> SendAsync(CommandRun run, string address, byte[] secret, byte[] signature)
    {
        var access = CoordinatorAccess.For(run, address);
        AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Ignore);
        using CoordinatorClient client = access.Open(coordinator);
        await run.WriteAsync(new RecoverResult(await client.RecoverAsync(secret, signature, run.CancellationToken)));
        await access.SaveQuoteAsync(coordinator);
        return ExitCodes.Ok;
    }
}
