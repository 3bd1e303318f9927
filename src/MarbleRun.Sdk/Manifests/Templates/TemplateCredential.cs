namespace MarbleRun.Manifests.Templates;

/// <summary>
/// A reserved credential for templates. A value that Marbles do not get is empty. <see cref="ToString"/> shows no values.
/// </summary>
public sealed class TemplateCredential
{
    /// <summary>The certificate (RFC 5280), DER.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>SubjectPublicKeyInfo (RFC 5280, 4.1), DER.</summary>
    public ReadOnlyMemory<byte> Public { get; init; }

    /// <summary>The private key: PKCS #8 (RFC 5958), DER.</summary>
    public ReadOnlyMemory<byte> Private { get; init; }

    /// <summary>Returns the name of the type; nothing of the credential.</summary>
    public override string ToString() => "TemplateCredential";
}
