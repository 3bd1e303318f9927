using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>Stand-ins for secrets, with the parts that their types can have and as long as the real ones at most are.</summary>
internal static class DummySecrets
{
    /// <summary>More than a certificate or its key is long, whatever its template says.</summary>
    private const int CertificateLength = 8 * 1024;

    /// <summary>The days of a certificate where the manifest names neither <c>ValidFor</c> nor <c>NotAfter</c>.</summary>
    private const ulong DefaultValidFor = 365;

    /// <summary>Those of the names that the manifest defines.</summary>
    public static Dictionary<string, TemplateSecret> Find(Manifest manifest, IEnumerable<string> names)
    {
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);

        // All are parts of one text: a manifest may name any number of them.
        ReadOnlyMemory<byte> text = default;
        foreach (string name in names)
        {
            if (!secrets.ContainsKey(name) && manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                int length = LengthOf(definition);
                text = length <= text.Length ? text : Enumerable.Repeat((byte)'A', Math.Max(length, CertificateLength)).ToArray();
                secrets[name] = Create(definition, text[..length]);
            }
        }

        return secrets;
    }

    private static TemplateSecret Create(SecretDefinition definition, ReadOnlyMemory<byte> part)
    {
        bool isCertificate = ManifestChecks.IsCertificate(definition);
        bool hasDefaultEnd = isCertificate && definition is { ValidFor: 0, UserDefined: false } && definition.Cert?.NotAfter is null;
        return new TemplateSecret
        {
            Type = definition.Type,
            Size = definition.Size,
            Shared = definition.Shared,
            UserDefined = definition.UserDefined,
            ValidFor = hasDefaultEnd ? DefaultValidFor : definition.ValidFor,
            Certificate = isCertificate ? part : default,
            Private = part,
            Public = part,
        };
    }

    /// <summary>What is generated is never empty: where its size is wrong, that is told of the secret and not of all templates besides.</summary>
    private static int LengthOf(SecretDefinition definition) => definition switch
    {
        _ when ManifestChecks.IsCertificate(definition) => CertificateLength,
        { Type: SecretTypes.SymmetricKey } =>
            Math.Max((int)(Math.Min(definition.Size, ManifestChecks.LongestSymmetricKey) / 8), definition.UserDefined ? 0 : 1),
        _ => 1,
    };
}
