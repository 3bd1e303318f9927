using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Coordinators;

/// <summary>
/// The expected code of a Coordinator: a policy file of the reference (<c>coordinator-era.json</c>), which may also have the members
/// <c>TDX</c> and <c>SNP</c> of a manifest's package.
/// </summary>
/// <param name="Source">Where it is from, for messages.</param>
/// <param name="Package">The expected code and platform.</param>
/// <param name="Nonce">The nonce of the policy; empty for none.</param>
/// <param name="SkipsVerification">Whether the policy switches the verification off.</param>
internal sealed record AttestationPolicy(
    string Source, PackageProperties Package, ReadOnlyMemory<byte> Nonce, bool SkipsVerification)
{
    /// <summary>The files that are looked up in the working folder: the documented one, and the one that the reference writes.</summary>
    private static readonly string[] s_names = ["coordinator-era.json", "era-config.json"];

    private static readonly string[] s_packageMembers =
    [
        "UniqueID", "SignerID", "SecurityVersion", "ProductID", "Debug", "AcceptedTCBStatuses", "AcceptedAdvisories", "TDX", "SNP",
        "Platforms",
    ];

    /// <summary>Finds the policy file of the working folder; null without one.</summary>
    public static string? Find() => s_names.FirstOrDefault(name => File.Exists(CommandEnvironment.Current.Resolve(name)));

    /// <exception cref="InputException">The file cannot be read.</exception>
    public static async Task<AttestationPolicy> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "attestation policy", cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(path, document.RootElement)
                : throw new InputException($"The attestation policy {path} is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InputException($"The attestation policy {path} is not JSON: {e.Message}", e);
        }
    }

    private static AttestationPolicy Read(string path, JsonElement file)
    {
        // The reference ignores the case of names, and unknown members. An empty text or 0 is "not compared" there.
        byte[] package = Write(file);
        if (!ManifestParser.TryParse(package, out Manifest? parsed, out ImmutableArray<ManifestProblem> problems))
        {
            throw new InputException($"The attestation policy {path} can't be read. "
                + string.Join(' ', problems.Select(
                    p => $"{p.Path.Replace("$.Packages.policy", "$", StringComparison.Ordinal)}: {p.Message}")));
        }

        PackageProperties code = parsed.Packages["policy"];
        RequireHash(path, "UniqueID", code.UniqueId);
        RequireHash(path, "SignerID", code.SignerId);
        bool skips = Find(file, "InsecureSkipVerify") is { ValueKind: JsonValueKind.True };
        return code.PinsCode || code.Debug || skips
            ? new AttestationPolicy(
                path,
                code,
                Find(file, "Nonce") is { ValueKind: JsonValueKind.String } nonce ? ReadNonce(path, nonce) : default,
                skips)
            : throw new InputException(
                $"The attestation policy {path} does not identify a Coordinator: code of any signer would pass. Add UniqueID, or SignerID, "
                + "ProductID and SecurityVersion; for a confidential virtual machine TDX or SNP with the measurements.");
    }

    /// <summary>MRENCLAVE and MRSIGNER are SHA-256; no code has another one, so that the comparison could only fail.</summary>
    private static void RequireHash(string path, string member, string? value)
    {
        if (value is not null && !HexText.Is(value, SHA256.HashSizeInBytes))
        {
            throw new InputException(
                $"The {member} of the attestation policy {path} is not a hash: it must have 64 hexadecimal digits, and has {value.Length} "
                + "characters.");
        }
    }

    private static byte[] ReadNonce(string path, JsonElement nonce) => nonce.TryGetBytesFromBase64(out byte[]? bytes)
        ? bytes
        : throw new InputException($"The Nonce of the attestation policy {path} is not base64.");

    private static byte[] Write(JsonElement file)
    {
        using var manifest = new MemoryStream();
        using (var json = new Utf8JsonWriter(manifest))
        {
            json.WriteStartObject();
            json.WriteStartObject("Packages");
            json.WriteStartObject("policy");
            foreach (string name in s_packageMembers)
            {
                if (Find(file, name) is { } value && !IsEmpty(value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return manifest.ToArray();
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => value.GetString() is "",
        _ => false,
    };

    private static JsonElement? Find(JsonElement file, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty member in file.EnumerateObject())
        {
            if (string.Compare(member.Name, name, CultureInfo.InvariantCulture, CompareOptions.OrdinalIgnoreCase) == 0)
            {
                found = member.Value;
            }
        }

        return found;
    }
}
