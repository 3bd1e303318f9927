using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Cli.Manifests;

/// <summary>Reads a manifest that the user names, as bytes that a Coordinator accepts.</summary>
internal static class ManifestInput
{
    /// <summary>Every JSON text is YAML too, but the JSON reader reports its faults better.</summary>
    public static bool IsJson(string path, ReadOnlySpan<byte> content) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSON" => true,
        ".YAML" or ".YML" => false,
        _ => content.TrimStart(" \t\r\n"u8) is [(byte)'{', ..],
    };

    /// <summary>Reads the exact bytes that a Coordinator stores; a manifest in YAML has no such bytes.</summary>
    /// <exception cref="InputException">The file is not a manifest in JSON.</exception>
    public static async Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "manifest", cancellationToken);
        if (!IsJson(path, content))
        {
            throw new InputException(
                $"The manifest {path} is YAML, and a Coordinator accepts JSON. "
                + $"Convert it with \"marblerun manifest convert {path} --out manifest.json\", and sign the result.");
        }

        Parse(path, content);
        return content;
    }

    /// <summary>
    /// Reads the bytes that go to a Coordinator: JSON unchanged, YAML converted as the reference's command line converts it. The
    /// Coordinator checks the content.
    /// </summary>
    /// <exception cref="InputException">The file is neither.</exception>
    public static async Task<byte[]> ReadForCoordinatorAsync(string path, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "manifest", cancellationToken);
        if (IsOneJsonValue(content))
        {
            return content;
        }

        if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
        {
            // Reports where the JSON is wrong.
            Parse(path, content);
        }

        try
        {
            using var json = JsonDocument.Parse(
                YamlManifest.Read(content).Json, new JsonDocumentOptions { MaxDepth = YamlReader.MaxDepth + 1 });
            return GoJson.Write(json.RootElement);
        }
        catch (YamlFaultException fault)
        {
            throw new InputException(ProblemText.Of(path, fault.ToProblem()), fault);
        }
    }

    /// <summary>Reads the manifest, JSON or YAML.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static async Task<Manifest> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "manifest", cancellationToken);
        try
        {
            return Parse(path, IsJson(path, content) ? content : YamlManifest.Read(content).Json);
        }
        catch (YamlFaultException fault)
        {
            throw new InputException(ProblemText.Of(path, fault.ToProblem()), fault);
        }
    }

    private static bool IsOneJsonValue(byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Manifest Parse(string path, byte[] json) =>
        ManifestParser.TryParse(json, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
            ? manifest
            : throw new InputException($"The manifest can't be read. {ProblemText.Of(path, problems[0])}");
}
