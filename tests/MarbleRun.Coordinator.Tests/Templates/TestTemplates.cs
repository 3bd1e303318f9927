using System.Buffers;
using System.Text;
using MarbleRun.Coordinator.Templates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Tests.Templates;

/// <summary>Data that templates run on, and short ways to run them.</summary>
internal static class TestTemplates
{
    public static byte[] Key { get; } = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    public static byte[] OldKey { get; } = [.. Enumerable.Range(16, 16).Select(i => (byte)i)];

    public static byte[] Certificate { get; } = [.. Enumerable.Range(0, 100).Select(i => (byte)(255 - i))];

    public static TemplateData Data { get; } = new()
    {
        Secrets = new Dictionary<string, TemplateSecret>
        {
            ["key"] = new() { Type = SecretTypes.SymmetricKey, Size = 128, Shared = true, Public = Key, Private = Key },
            ["my-key"] = new() { Type = SecretTypes.SymmetricKey, Size = 128, Public = Key, Private = Key },
            ["cert"] = new() { Type = SecretTypes.CertRsa, Size = 2048, ValidFor = 7, Certificate = Certificate, Public = new byte[] { 1, 2 }, Private = new byte[] { 3, 4 } },
            ["plain"] = new() { Type = SecretTypes.Plain, UserDefined = true, Public = "{{ raw .Secrets.key }}"u8.ToArray(), Private = "{{ raw .Secrets.key }}"u8.ToArray() },
            ["zero"] = new() { Type = SecretTypes.Plain, UserDefined = true, Public = "a\0b"u8.ToArray(), Private = "a\0b"u8.ToArray() },
            ["empty"] = new() { Type = SecretTypes.Plain, UserDefined = true },
        },
        PreviousSecrets = new Dictionary<string, TemplateSecret>
        {
            ["key"] = new() { Type = SecretTypes.SymmetricKey, Size = 128, Shared = true, Public = OldKey, Private = OldKey },
        },
        RootCa = new() { Certificate = new byte[] { 10 } },
        MarbleCert = new() { Certificate = new byte[] { 11 }, Private = new byte[] { 12 }, Public = new byte[] { 13 } },
        CoordinatorRoot = new() { Certificate = new byte[] { 14 } },
        CoordinatorIntermediate = new() { Certificate = new byte[] { 15 } },
    };

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
}
