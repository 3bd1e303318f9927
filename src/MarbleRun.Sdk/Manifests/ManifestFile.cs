namespace MarbleRun.Manifests;

/// <summary>The content of a file or an environment variable: an entry of <c>Files</c> or <c>Env</c>. <see cref="ToString"/> does not show the data.</summary>
public sealed record ManifestFile
{
    /// <summary>The content after decoding, any bytes. A template, unless <see cref="NoTemplates"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>How the manifest writes the data: <c>string</c>, <c>base64</c> or <c>hex</c> in any case, as it was spelt; empty means <c>string</c>.</summary>
    public string Encoding { get; init; } = "string";

    /// <summary>Whether the data is handed over as it is, without looking for templates.</summary>
    public bool NoTemplates { get; init; }

    /// <summary>The data as the manifest writes it, by <see cref="Encoding"/>. For <c>string</c>, bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ManifestException">The encoding is unknown.</exception>
    public string EncodeData() => Encoding.ToUpperInvariant() switch
    {
        "" or "STRING" => System.Text.Encoding.UTF8.GetString(Data.Span),
        "BASE64" => Convert.ToBase64String(Data.Span),
        "HEX" => Convert.ToHexStringLower(Data.Span),
        _ => throw new ManifestException($"unknown encoding type: {Encoding}"),
    };

    /// <summary>Compares all members; the encoding without regard to case.</summary>
    /// <param name="other">The other file.</param>
    public bool Equals(ManifestFile? other) =>
        other is not null
        && Data.Span.SequenceEqual(other.Data.Span)
        && string.Equals(Encoding, other.Encoding, StringComparison.OrdinalIgnoreCase)
        && NoTemplates == other.NoTemplates;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Data.Length, StringComparer.OrdinalIgnoreCase.GetHashCode(Encoding), NoTemplates);

    /// <summary>Length, encoding and whether templates are looked for; not the data.</summary>
    public override string ToString() => $"ManifestFile {{ {Data.Length} bytes, Encoding = {Encoding}, NoTemplates = {NoTemplates} }}";
}
