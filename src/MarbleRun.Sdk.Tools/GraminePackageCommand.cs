using System.Text.Json;
using System.Text.Json.Nodes;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// Writes the two packages of a signed enclave from what <c>gramine-sgx-sigstruct-view --output-format json</c> printed, as
/// <c>marblerun-package.json</c> has them for the simulation.
/// </summary>
internal static class GraminePackageCommand
{
    public static int Run(Arguments arguments)
    {
        string view = arguments.Get("--view");
        string output = Path.GetFullPath(arguments.Get("--output"));
        JsonNode enclave = Parse(view);
        var document = new JsonObject
        {
            ["Platform"] = "SGX",
            ["ByMeasurement"] = new JsonObject { ["UniqueID"] = Hex(enclave, "mr_enclave", view) },
            ["BySigner"] = new JsonObject
            {
                ["SignerID"] = Hex(enclave, "mr_signer", view),
                ["ProductID"] = Number(enclave, "isv_prod_id", view),
                ["SecurityVersion"] = Number(enclave, "isv_svn", view),
            },
        };
        string json = document.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n";
        File.WriteAllText(output, json);
        BuildLog.Note($"{json}  -> {output}");
        return 0;
    }

    private static JsonNode Parse(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) ?? throw new BuildException("It is null.", file);
        }
        catch (JsonException exception)
        {
            throw new BuildException($"gramine-sgx-sigstruct-view did not print JSON: {exception.Message}", file);
        }
    }

    private static string Hex(JsonNode enclave, string member, string file) =>
        enclave[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length == 64 && text.All(char.IsAsciiHexDigit)
            ? text.ToLowerInvariant()
            : throw Missing(member, file);

    private static ushort Number(JsonNode enclave, string member, string file) =>
        enclave[member] is JsonValue value && value.TryGetValue(out ushort number) ? number : throw Missing(member, file);

    private static BuildException Missing(string member, string file) =>
        new($"gramine-sgx-sigstruct-view printed no valid {member}. Use Gramine 1.7 or later.", file);
}
