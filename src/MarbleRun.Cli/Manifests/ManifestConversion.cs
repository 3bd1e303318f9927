using System.Text.Json;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest convert</c>: converts a manifest in YAML to the JSON that a Coordinator accepts.</summary>
internal static class ManifestConversion
{
    public static async Task<int> RunAsync(
        string path, string? outPath, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "manifest", cancellationToken);
        if (ManifestInput.IsJson(path, content))
        {
            throw new InputException($"The manifest {path} is JSON already. A Coordinator accepts it unchanged.");
        }

        byte[] json;
        try
        {
            json = YamlManifest.Read(content).Json;
        }
        catch (YamlFaultException fault)
        {
            await error.WriteLineAsync(ProblemText.Of(path, fault.ToProblem()));
            return ExitCodes.Failed;
        }

        // Numbers keep their digits, texts their characters: the output is what is checked and signed.
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = YamlReader.MaxDepth + 1 });
        byte[] text = System.Text.Encoding.UTF8.GetBytes(JsonText.Write(document.RootElement.WriteTo) + "\n");
        await OutputFile.WriteAsync(outPath, text, output, cancellationToken);
        return ExitCodes.Ok;
    }
}
