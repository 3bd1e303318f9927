using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Marbles;

/// <summary>A revocation in words, and as JSON.</summary>
internal static class RevocationText
{
    public static string SubjectOf(Revocation revocation) => revocation.Kind switch
    {
        RevocationSubjectKind.Uuid => $"the Marble {revocation.Subject}",
        RevocationSubjectKind.Certificate => $"the certificate {revocation.Subject}",
        RevocationSubjectKind.MarbleType => $"the Marble type {SafeText.Of(revocation.Subject)}",
        RevocationSubjectKind.Measurement => $"the measurement {revocation.Subject}",
        RevocationSubjectKind.Platform => $"the machine {revocation.Subject}",
        _ => SafeText.Of(revocation.Subject),
    };

    /// <summary>Who must still agree, two lines as for updates of the manifest.</summary>
    public static IEnumerable<string> Missing(Revocation revocation)
    {
        if (revocation.MissingApprovals == 0)
        {
            yield break;
        }

        yield return revocation.MissingApprovals == 1
            ? "1 user still needs to agree."
            : string.Create(CultureInfo.InvariantCulture, $"{revocation.MissingApprovals} users still need to agree.");
        if (!revocation.MissingUsers.IsEmpty)
        {
            yield return $"The following users may agree: {string.Join(", ", revocation.MissingUsers.Select(SafeText.Of))}";
        }
    }

    public static void WriteMembers(Utf8JsonWriter json, Revocation revocation)
    {
        json.WriteNumber("number", revocation.Number);
        json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(revocation.Kind.ToString()));
        json.WriteString("subject", revocation.Subject);
        JsonTexts.Write(json, "marbleTypes", revocation.MarbleTypes);
        json.WriteString("reason", revocation.Reason);
        json.WriteBoolean("inForce", revocation.IsInForce);
        json.WriteNumber("missingApprovals", revocation.MissingApprovals);
        JsonTexts.Write(json, "missingUsers", revocation.MissingUsers);
    }
}
