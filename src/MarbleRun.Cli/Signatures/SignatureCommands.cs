using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Signatures;

/// <summary><c>marblerun manifest sign</c> and <c>verify-signature</c>: commands for owners' signatures that need no Coordinator.</summary>
internal static class SignatureCommands
{
    public static Command CreateSign()
    {
        var manifest = new Argument<string>("manifest")
        {
            Description = "The manifest, exactly the JSON that is set.",
            HelpName = "MANIFEST",
        };
        var key = File("--key", "The owner's private key, PEM; it may be encrypted. ECDSA on P-256, P-384, P-521, or RSA.");
        var passwordFile = File("--password-file", "The file whose first line is the password of the key. Default: ask on the terminal.");
        var publicKey = File(
            "--public-key",
            "The owner's public key or certificate, if the private key is stored elsewhere: the command then writes the statement to "
            + "sign.");
        var signature = File("--signature", "With --public-key: the signature over that statement, binary, created elsewhere.");
        var sequence = new Option<ulong?>("--sequence")
        {
            Description = "A number that you raise with every manifest. Default: the Unix time in seconds.",
            HelpName = "N",
        };
        var notAfter = new Option<string?>("--not-after")
        {
            Description = "The time at which the signature expires, RFC 3339. Default: never.",
            HelpName = "TIME",
        };
        var outFile = File("--out", "The file for the signatures; existing ones are kept. Default: standard output.");
        var request = File("--request", "The file for the body of POST /api/v2/manifest: the manifest with its signatures.");
        var command = new Command("sign", "Signs a manifest as its owner. Exit code 0: signed, 2: the input can't be read or used.")
        {
            manifest, key, passwordFile, publicKey, signature, sequence, notAfter, outFile, request,
        };
        command.SetExamples("marblerun manifest sign manifest.json --key owner.key --out manifest.sig.json");
        command.SetAction((result, cancellationToken) => new ManifestSigning(result.InvocationConfiguration, TimeProvider.System).RunAsync(
            new SignOptions(result.GetRequiredValue(manifest))
            {
                Key = result.GetValue(key),
                PasswordFile = result.GetValue(passwordFile),
                PublicKey = result.GetValue(publicKey),
                Signature = result.GetValue(signature),
                Sequence = result.GetValue(sequence),
                NotAfter = result.GetValue(notAfter),
                Out = result.GetValue(outFile),
                Request = result.GetValue(request),
            },
            cancellationToken));
        return command;
    }

    public static Command CreateVerify()
    {
        var manifest = new Argument<string>("manifest")
        {
            Description = "The manifest, exactly the JSON that is set.",
            HelpName = "MANIFEST",
        };
        var signatures = new Argument<string>("signatures")
        {
            Description = "A file that \"manifest sign\" wrote, JSON.",
            HelpName = "SIGNATURES",
        };
        var owners = new Option<string[]>("--owner-key")
        {
            Description = "A public key or certificate of an owner, PEM; may be repeated. One of them must have signed.",
            HelpName = "FILE",
            Required = true,
        };
        var minimum = new Option<ulong>("--minimum-sequence")
        {
            Description = "The lowest accepted sequence number. Default: 0.",
            HelpName = "N",
        };
        var at = new Option<string?>("--at") { Description = "Verify as of this time, RFC 3339. Default: now.", HelpName = "TIME" };
        var command = new Command(
            "verify-signature", "Verifies that an owner signed a manifest. Exit code 0: yes, 3: no, 2: the input can't be read.")
        {
            manifest, signatures, owners, minimum, at,
        };
        command.SetExamples("marblerun manifest verify-signature manifest.json manifest.sig.json --owner-key owner.pem");
        command.SetAction((result, cancellationToken) => SignatureVerification.RunAsync(
            result.GetRequiredValue(manifest),
            result.GetRequiredValue(signatures),
            result.GetRequiredValue(owners),
            result.GetValue(minimum),
            result.GetValue(at),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
