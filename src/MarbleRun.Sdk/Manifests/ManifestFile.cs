namespace MarbleRun.Manifests;

/// <summary>
/// The content of a file or an environment variable: an entry of <c>Files</c> or <c>Env</c>. <see cref="ToString"/> does not show the data.
/// </summary>
public sealed record ManifestFile
{
    /// <summary>The values of <see cref="Encoding"/>, compared without regard to case; empty means the first.</summary>
    internal static IReadOnlyList<string> Encodings { get; } = ["string", "base64", "hex"];

    /// <summary>The decoded content, any bytes. It is a template, unless <see cref="NoTemplates"/> is set.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>
    /// The encoding of the data in the manifest: <c>string</c>, <c>base64</c> or <c>hex</c> in any case, as spelled there; empty means
    /// <c>string</c>.
    /// </summary>
    public string Encoding { get; init; } = "string";

    /// <summary>Whether the data is passed on unchanged, without template processing.</summary>
    public bool NoTemplates { get; init; }

    /// <summary>
    /// Encodes the data as in the manifest, by <see cref="Encoding"/>. For <c>string</c>, bytes that are not UTF-8 become U+FFFD.
    /// </summary>
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

    /// <summary>Returns length, encoding and whether templates are processed; not the data.</summary>
    public override string ToString() => $"ManifestFile {{ {Data.Length} bytes, Encoding = {Encoding}, NoTemplates = {NoTemplates} }}";
}
