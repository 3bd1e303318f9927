namespace MarbleRun.Coordinator.Templates;

/// <summary>A reserved credential as templates see it. A value that is not given to Marbles is empty.</summary>
internal sealed record TemplateCredential
{
    /// <summary>DER.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Public { get; init; }

    /// <summary>PKCS #8.</summary>
    public ReadOnlyMemory<byte> Private { get; init; }

    public override string ToString() => "TemplateCredential";
}
