using System.Buffers;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Data that templates run on, and short ways to run them.</summary>
internal static class TestTemplates
{
    public static byte[] Key => Data.Secrets["key"].Public.ToArray();

    public static byte[] Certificate => Data.Secrets["cert"].Certificate.ToArray();

    /// <summary>The data that Go's templates run on too.</summary>
    public static TemplateData Data { get; } = Read();

    public static byte[] Run(ReadOnlySpan<byte> source, TemplateTarget target = TemplateTarget.File, TemplateLimits? limits = null)
    {
        var output = new ArrayBufferWriter<byte>();
        Template.Parse(source, target, limits).Execute(Data, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Runs a template; bytes become characters of the same number.</summary>
    public static string Run(string source, TemplateTarget target = TemplateTarget.File, TemplateLimits? limits = null) =>
        Encoding.Latin1.GetString(Run(Encoding.UTF8.GetBytes(source), target, limits));

    public static string Fault(string source, TemplateTarget target = TemplateTarget.File, TemplateLimits? limits = null) =>
        Assert.Throws<TemplateException>(() => Run(source, target, limits)).Message;

    private static TemplateData Read()
    {
        JsonElement file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(OracleCase.Folder, "data.json"))).RootElement;
        Dictionary<string, TemplateSecret> reserved = Secrets(file.GetProperty("MarbleRun"));
        return new TemplateData
        {
            Secrets = Secrets(file.GetProperty("Secrets")),
            PreviousSecrets = Secrets(file.GetProperty("Previous")),
            RootCa = Credential("RootCA"),
            MarbleCert = Credential("MarbleCert"),
            CoordinatorRoot = Credential("CoordinatorRoot"),
            CoordinatorIntermediate = Credential("CoordinatorIntermediate"),
        };

        TemplateSecret Credential(string name) =>
            new() { Certificate = reserved[name].Certificate, Public = reserved[name].Public, Private = reserved[name].Private };
    }

    private static Dictionary<string, TemplateSecret> Secrets(JsonElement secrets) =>
        secrets.EnumerateObject().ToDictionary(s => s.Name, s => ToSecret(s.Value), StringComparer.Ordinal);

    private static TemplateSecret ToSecret(JsonElement secret)
    {
        return new TemplateSecret
        {
            Type = Member("Type")?.GetString() ?? string.Empty,
            Size = Member("Size")?.GetUInt64() ?? 0,
            ValidFor = Member("ValidFor")?.GetUInt64() ?? 0,
            Shared = Member("Shared")?.GetBoolean() ?? false,
            UserDefined = Member("UserDefined")?.GetBoolean() ?? false,
            Certificate = Member("Cert")?.GetBytesFromBase64() ?? [],
            Public = Member("Public")?.GetBytesFromBase64() ?? [],
            Private = Member("Private")?.GetBytesFromBase64() ?? [],
        };

        JsonElement? Member(string name) => secret.TryGetProperty(name, out JsonElement value) ? value : null;
    }
}
