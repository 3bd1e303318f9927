using System.CommandLine;

namespace MarbleRun.Cli.Signatures;

/// <summary><c>marblerun manifest sign</c> and <c>verify-signature</c>: owners' signatures, without a Coordinator.</summary>
internal static class SignatureCommands
{
    public static Command CreateSign()
    {
        var manifest = new Argument<string>("manifest") { Description = "The manifest, the very JSON that is set.", HelpName = "MANIFEST" };
        var key = File("--key", "The owner's private key, PEM; encrypted if you like. ECDSA on P-256, P-384, P-521, or RSA.");
        var passwordFile = File("--password-file", "The first line is the password of the key; without it the terminal asks.");
        var publicKey = File(
            "--public-key", "The owner's public key or certificate, when the private key is elsewhere: then the statement to sign is written.");
        var signature = File("--signature", "With --public-key: the signature over that statement, binary, made elsewhere.");
        var sequence = new Option<ulong?>("--sequence")
        {
            Description = "A number that you raise with every manifest. Default: the Unix time in seconds.",
            HelpName = "N",
        };
        var notAfter = new Option<string?>("--not-after") { Description = "The end of the signature, RFC 3339. Default: none.", HelpName = "TIME" };
        var outFile = File("--out", "Where the signatures go; those that are there stay. Default: standard output.");
        var request = File("--request", "Where the body of POST /api/v2/manifest goes: the manifest with its signatures.");
        var command = new Command("sign", "Signs a manifest as its owner. Exit code 0: signed, 2: the input can't be read or used.")
        {
            manifest, key, passwordFile, publicKey, signature, sequence, notAfter, outFile, request,
        };
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
        var manifest = new Argument<string>("manifest") { Description = "The manifest, the very JSON that is set.", HelpName = "MANIFEST" };
        var signatures = new Argument<string>("signatures") { Description = "A file of \"manifest sign\".", HelpName = "SIGNATURES" };
        var owners = new Option<string[]>("--owner-key")
        {
            Description = "A public key or certificate of which one must have signed, PEM; may be given several times.",
            HelpName = "FILE",
            Required = true,
        };
        var minimum = new Option<ulong>("--minimum-sequence") { Description = "The lowest sequence that is taken. Default: 0.", HelpName = "N" };
        var at = new Option<string?>("--at") { Description = "Judge as of this time, RFC 3339, instead of now.", HelpName = "TIME" };
        var command = new Command("verify-signature", "Verifies that an owner signed a manifest. Exit code 0: yes, 3: no, 2: the input can't be read.")
        {
            manifest, signatures, owners, minimum, at,
        };
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
