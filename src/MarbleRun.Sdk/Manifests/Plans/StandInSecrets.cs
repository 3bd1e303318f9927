using MarbleRun.Manifests.Templates;
namespace MarbleRun.Manifests.Plans;

/// <summary>
/// Stand-ins for secrets that are not generated yet, with the parts that their types can have, and at least as long as the real ones.
/// </summary>
internal sealed class StandInSecrets
{
    /// <summary>In bits: the longest symmetric key that a Coordinator generates, 1 MiB.</summary>
    public const ulong LongestSymmetricKey = 8 * 1024 * 1024;

    /// <summary>Longer than any certificate or its key, regardless of the template.</summary>
    private const int CertificateLength = 8 * 1024;

    /// <summary>All stand-ins are parts of one text: a manifest may name any number of them.</summary>
    private ReadOnlyMemory<byte> _text;

    public TemplateSecret Create(SecretDefinition definition)
    {
        ReadOnlyMemory<byte> part = Text(LengthOf(definition));
        return TemplateSecret.Create(definition, definition.IsCertificate ? part : default, part, part);
    }

    private ReadOnlyMemory<byte> Text(int length)
    {
        if (length > _text.Length)
        {
            byte[] text = new byte[Math.Max(length, CertificateLength)];
            Array.Fill(text, (byte)'A');
            _text = text;
        }

        return _text[..length];
    }

    /// <summary>Generated values are never empty: a wrong size is a problem of the secret, not of every template that uses it.</summary>
    private static int LengthOf(SecretDefinition definition) => definition switch
    {
        { IsCertificate: true } => CertificateLength,
        { Type: SecretTypes.SymmetricKey } =>
            Math.Max((int)(Math.Min(definition.Size, LongestSymmetricKey) / 8), definition.UserDefined ? 0 : 1),
        _ => 1,
    };
}
