namespace MarbleRun.Coordinator.Templates;

/// <summary>A secret as templates see it. A value that is not set is empty.</summary>
internal sealed record TemplateSecret
{
    /// <summary>A secret without anything, which indexing by an unknown name gives.</summary>
    public static TemplateSecret Empty { get; } = new();

    public string Type { get; init; } = string.Empty;

    /// <summary>In bits.</summary>
    public ulong Size { get; init; }

    public bool Shared { get; init; }

    public bool UserDefined { get; init; }

    /// <summary>In days.</summary>
    public ulong ValidFor { get; init; }

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>SubjectPublicKeyInfo, or the value of a symmetric or plain secret.</summary>
    public ReadOnlyMemory<byte> Public { get; init; }

    /// <summary>PKCS #8, or the value of a symmetric or plain secret.</summary>
    public ReadOnlyMemory<byte> Private { get; init; }

    public override string ToString() => $"TemplateSecret {{ Type = {Type} }}";
}
