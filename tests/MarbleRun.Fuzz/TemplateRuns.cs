using System.Buffers;
using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Fuzz;

/// <summary>
/// Parses and executes templates. Whatever they are, they end in text or in a fault that says where, and only the secrets that they name
/// can matter.
/// </summary>
internal static class TemplateRuns
{
    /// <summary>Less than in production, so that a loop takes microseconds instead of a second.</summary>
    private static readonly TemplateLimits s_limits = new() { MaxSteps = 5_000, MaxOutput = 64 * 1024 };

    private static readonly Dictionary<string, TemplateSecret> s_secrets = new(StringComparer.Ordinal)
    {
        ["a"] = new() { Type = "symmetric-key", Size = 128, Shared = true, Public = new byte[16], Private = new byte[16] },
        ["b"] = new() { Type = "plain", UserDefined = true, Public = "{{ \"\u00fc"u8.ToArray() },
        ["c"] = new()
        {
            Type = "cert-rsa",
            ValidFor = 7,
            Certificate = new byte[100],
            Public = new byte[] { 1, 2 },
            Private = new byte[] { 3, 4 },
        },
        ["my-key"] = new() { Type = "plain", UserDefined = true },
    };

    private static readonly TemplateData s_data = TemplateData.ForDryRun(s_secrets);

    public static IEnumerable<byte[]> Seeds =>
        ((string[])
        [
            "{{ hex .Secrets.a }}",
            "{{ pem .MarbleRun.RootCA.Cert }}",
            "{{ (index .Secrets \"my-key\").Type | printf \"%-5q|\" }}",
            "{{ if eq .Secrets.a.Size 128 }}x{{ else if not true }}y{{ end }}",
            "{{ range $n, $s := .Secrets }}{{ $n }}={{ hex $s }}{{ break }}{{ end }}",
        ]).Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        TemplateTarget target = input.Length % 2 == 0 ? TemplateTarget.File : TemplateTarget.Environment;
        Template template;
        try
        {
            template = Template.Parse(input, target, s_limits);
        }
        catch (TemplateException)
        {
            return;
        }

        TemplateReferences references = template.References.Within(TemplateReferences.Names(s_secrets.Keys));
        TemplateData listed = s_data with { Secrets = Only(references.Secrets), PreviousSecrets = Only(references.PreviousSecrets) };
        if (!Execute(template, s_data).AsSpan().SequenceEqual(Execute(template, listed)))
        {
            throw new InvalidOperationException("A secret that the template does not name changes its result.");
        }
    }

    private static Dictionary<string, TemplateSecret> Only(IEnumerable<string> names) =>
        names.Where(s_secrets.ContainsKey).ToDictionary(name => name, name => s_secrets[name], StringComparer.Ordinal);

    private static byte[] Execute(Template template, TemplateData data)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            template.Execute(data, output);
            return output.WrittenSpan.ToArray();
        }
        catch (TemplateException exception)
        {
            return Encoding.UTF8.GetBytes(exception.Message);
        }
    }
}
