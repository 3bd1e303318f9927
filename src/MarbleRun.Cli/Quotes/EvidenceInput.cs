using MarbleRun.Attestation.Evidence;

namespace MarbleRun.Cli.Quotes;

/// <summary>Reads the evidence that the user names, in the detected or the specified form.</summary>
internal static class EvidenceInput
{
    public const string Auto = "auto";

    /// <summary>The values of <c>--format</c>.</summary>
    public static IReadOnlyDictionary<string, EvidenceForm> Forms { get; } = new Dictionary<string, EvidenceForm>
    {
        [Auto] = EvidenceForm.Unknown,
        ["binary"] = EvidenceForm.Binary,
        ["hex"] = EvidenceForm.Hex,
        ["base64"] = EvidenceForm.Base64,
        ["pem"] = EvidenceForm.Pem,
        ["json"] = EvidenceForm.Json,
        ["hcl"] = EvidenceForm.AzureHcl,
    };

    /// <exception cref="InputException">The file can't be read, or is not evidence in this form.</exception>
    public static async Task<EvidenceFile> ReadAsync(string path, string format, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "evidence", cancellationToken);
        if (!EvidenceFile.TryRead(content, out EvidenceFile? file, out string? fault))
        {
            throw new InputException($"The evidence {path} can't be read. {fault}");
        }

        EvidenceForm wanted = Forms[format];
        return wanted == EvidenceForm.Unknown || wanted == file.Form
            ? file
            : throw new InputException(
                $"The evidence {path} is {Name(file.Form)}, not {Name(wanted)}. Omit --format, or specify the form of the file.");
    }

    /// <summary>Returns the name of a form in words.</summary>
    public static string Name(EvidenceForm form) => form switch
    {
        EvidenceForm.Hex => "hexadecimal text",
        EvidenceForm.Base64 => "base64 text",
        EvidenceForm.Pem => "PEM text",
        EvidenceForm.Json => "the JSON answer of a Coordinator",
        EvidenceForm.AzureHcl => "an Azure HCL report",
        _ => "binary",
    };

    /// <summary>Returns the name of a form for programs: a value of <c>--format</c>.</summary>
    public static string Key(EvidenceForm form) => Forms.Single(f => f.Value == form).Key;
}
