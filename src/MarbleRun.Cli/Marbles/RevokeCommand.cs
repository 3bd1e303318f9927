using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Marbles;

/// <summary><c>marblerun marbles revoke</c>.</summary>
internal static class RevokeCommand
{
    private static readonly (RevocationSubjectKind Kind, Option<string?> Option)[] s_subjects =
    [
        (RevocationSubjectKind.Uuid, Subject("--uuid", "UUID", "Revoke the Marble with this UUID.")),
        (
            RevocationSubjectKind.Certificate,
            Subject("--certificate", "SHA256|FILE", "Revoke the certificate with this SHA-256, hexadecimal, or the one in this file.")),
        (RevocationSubjectKind.MarbleType, Subject("--type", "NAME", "Revoke all Marbles of this type.")),
        (
            RevocationSubjectKind.Measurement,
            Subject("--measurement", "HEX", "Revoke all Marbles with this MRENCLAVE, MRTD or MEASUREMENT.")),
        (
            RevocationSubjectKind.Platform,
            Subject("--platform", "SHA256", "Revoke all Marbles on the machine whose PPID or CHIP_ID has this SHA-256.")),
    ];

    private static readonly Option<string> s_reason = new("--reason")
    {
        Description = "The reason, which other users and the audit trail show: at most 500 characters.",
        HelpName = "TEXT",
        Required = true,
    };

    public static Command Create()
    {
        var command = new Command(
            "revoke",
            "Revokes Marbles, or agrees to a revocation of the same subject that waits. Specify one of --uuid, --certificate, --type, "
            + "--measurement and --platform.");
        foreach ((_, Option<string?> option) in s_subjects)
        {
            command.Options.Add(option);
        }

        command.Options.Add(s_reason);
        const string User = "--cert admin.pem --key admin.key";
        return command
            .SetExamples(
                $"marblerun marbles revoke localhost:4433 --type web --reason \"host stolen\" {User}",
                $"marblerun marbles revoke localhost:4433 --uuid 5d1f7f5a-6f0f-4a0e-9a57-0c6f8f0d2b11 --reason \"key leaked\" {User}")
            .SetUserRun(async (run, client) =>
            {
                (RevocationSubjectKind kind, string subject) = await FindSubjectAsync(run);
                return new RevocationChange(await client.RevokeAsync(
                    kind, subject, run.Arguments.GetRequiredValue(s_reason), run.CancellationToken));
            });
    }

    private static async Task<(RevocationSubjectKind Kind, string Subject)> FindSubjectAsync(CommandRun run)
    {
        if (string.IsNullOrWhiteSpace(run.Arguments.GetRequiredValue(s_reason)))
        {
            throw new InputException("--reason is empty. Specify why the Marbles are revoked.");
        }

        (RevocationSubjectKind Kind, string Text)[] given =
        [
            .. s_subjects
                .Select(s => (s.Kind, Text: run.Arguments.GetValue(s.Option)!))
                .Where(s => s.Text is not null),
        ];
        return given switch
        {
            [(RevocationSubjectKind.Certificate, var text)] when File.Exists(CommandEnvironment.Current.Resolve(text)) => (
                RevocationSubjectKind.Certificate, await HashAsync(text, run.CancellationToken)),
            [(var kind, { Length: > 0 } text)] => (kind, text),
            [_] => throw new InputException("The subject of the revocation is empty."),
            _ => throw new InputException("Specify exactly one of --uuid, --certificate, --type, --measurement and --platform."),
        };
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(
                await InputFile.ReadAsync(path, "certificate", cancellationToken));
            return certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        }
        catch (CryptographicException e)
        {
            throw new InputException($"{path} is not a certificate, PEM or DER.", e);
        }
    }

    private static Option<string?> Subject(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName };
}
