namespace MarbleRun.Manifests.Templates;

/// <summary>A secret for templates. A value that is not set is empty. <see cref="ToString"/> shows no values.</summary>
public sealed class TemplateSecret
{
    /// <summary>An empty secret, the result of indexing by an unknown name.</summary>
    internal static TemplateSecret Empty { get; } = new();

    /// <summary>Creates a secret with its values.</summary>
    /// <param name="definition">The secret.</param>
    /// <param name="certificate">The certificate, DER; empty if it has none.</param>
    /// <param name="publicPart">SubjectPublicKeyInfo, or the value of a symmetric or plain secret.</param>
    /// <param name="privatePart">PKCS #8, or the value of a symmetric or plain secret.</param>
    public static TemplateSecret Create(
        SecretDefinition definition, ReadOnlyMemory<byte> certificate, ReadOnlyMemory<byte> publicPart, ReadOnlyMemory<byte> privatePart)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new TemplateSecret
        {
            Type = definition.Type,
            Size = definition.Size,
            Shared = definition.Shared,
            UserDefined = definition.UserDefined,
            ValidFor = definition.EffectiveValidFor,
            Certificate = certificate,
            Public = publicPart,
            Private = privatePart,
        };
    }

    /// <summary>One of <see cref="SecretTypes"/>: <c>.Type</c>.</summary>
    public string Type { get; init; } = string.Empty;

    /// <summary>In bits: <c>.Size</c>.</summary>
    public ulong Size { get; init; }

    /// <summary>Whether all Marbles have the same value: <c>.Shared</c>.</summary>
    public bool Shared { get; init; }

    /// <summary>Whether a user uploads the value: <c>.UserDefined</c>.</summary>
    public bool UserDefined { get; init; }

    /// <summary>In days: <c>.ValidFor</c>.</summary>
    public ulong ValidFor { get; init; }

    /// <summary>The certificate (RFC 5280), DER: <c>.Cert</c>.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>SubjectPublicKeyInfo, or the value of a symmetric or plain secret: <c>.Public</c>.</summary>
    public ReadOnlyMemory<byte> Public { get; init; }

    /// <summary>PKCS #8, or the value of a symmetric or plain secret: <c>.Private</c>.</summary>
    public ReadOnlyMemory<byte> Private { get; init; }

    /// <summary>Returns the type; nothing of the value.</summary>
    public override string ToString() => $"TemplateSecret {{ Type = {Type} }}";
}
