using MarbleRun.Identity;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>What a revocation names.</summary>
/// <param name="Kind">The kind of name.</param>
/// <param name="Value">In the one form of its kind, so that equal subjects are equal texts.</param>
internal readonly record struct RevocationSubject(RevocationKind Kind, string Value)
{
    /// <summary>In characters; a longer type cannot be in a manifest.</summary>
    public const int MaxTypeLength = 4096;

    private const int SgxMeasurement = 64;
    private const int OtherMeasurement = 96;
    private const int Sha256 = 64;

    /// <summary>Brings a name into its one form.</summary>
    /// <param name="kind">The kind of name.</param>
    /// <param name="text">The name; hexadecimal digits and UUIDs in any case.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="fault">What is wrong with the text; null on success.</param>
    public static bool TryCreate(RevocationKind kind, string text, out RevocationSubject subject, out string? fault)
    {
        (string? value, string expected) = kind switch
        {
            RevocationKind.Uuid => (
                MarbleUuid.TryParse(text, out Guid uuid) && uuid != Guid.Empty ? MarbleUuid.ToCanonical(uuid) : null, "a UUID, not zero"),
            RevocationKind.Certificate => (Hex(text, Sha256), "the SHA-256 of the certificate (DER), 64 hexadecimal digits"),
            RevocationKind.MarbleType => (text.Length is > 0 and <= MaxTypeLength ? text : null, "a Marble type of the manifest"),
            RevocationKind.Measurement => (
                Hex(text, SgxMeasurement, OtherMeasurement), "a measurement, 64 (SGX) or 96 (TDX, SEV-SNP) hexadecimal digits"),
            _ => (Hex(text, Sha256), "the SHA-256 of a PPID or CHIP_ID, 64 hexadecimal digits"),
        };
        subject = new RevocationSubject(kind, value ?? string.Empty);
        fault = value is null ? $"must be {expected}" : null;
        return fault is null;
    }

    private static string? Hex(string text, params ReadOnlySpan<int> lengths) =>
        lengths.Contains(text.Length) && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
}

internal static class RevocationKindExtensions
{
    /// <summary>As the client API names it.</summary>
    public static string ToName(this RevocationKind kind) => kind switch
    {
        RevocationKind.Uuid => "UUID",
        RevocationKind.Certificate => "Certificate",
        RevocationKind.MarbleType => "MarbleType",
        RevocationKind.Measurement => "Measurement",
        _ => "Platform",
    };
}

/// <summary>The kinds of names of revocations. The numbers are stored.</summary>
internal enum RevocationKind
{
    /// <summary>The UUID of an instance, with hyphens, lower case.</summary>
    Uuid = 1,

    /// <summary>SHA-256 of one certificate (DER), lower-case hex.</summary>
    Certificate = 2,

    /// <summary>A key of the manifest's <c>Marbles</c>.</summary>
    MarbleType = 3,

    /// <summary>SGX: MRENCLAVE, TDX: MRTD, SEV-SNP: MEASUREMENT; lower-case hex.</summary>
    Measurement = 4,

    /// <summary>SHA-256 of the PPID or CHIP_ID, lower-case hex.</summary>
    Platform = 5,
}
