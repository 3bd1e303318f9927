namespace MarbleRun.Attestation.Checks;

/// <summary>
/// Limits on the evidence of unauthenticated callers and on collateral, which apply before any other work. Genuine evidence has 1 to 8 KiB,
/// with the host's certificate table up to 20; genuine certificates have 2 KiB and at most 14 extensions; genuine TCB info has 9 KiB and 20
/// levels; genuine lists have 4 KiB.
/// </summary>
internal static class EvidenceLimits
{
    /// <summary>The longest evidence, without the header that it has on the wire.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>The longest certificate, DER.</summary>
    public const int MostCertificateBytes = 8 * 1024;

    /// <summary>
    /// The most extensions of a certificate or a revocation list, and the most fields of Intel's SGX extension at each level.
    /// </summary>
    public const int MostExtensions = 32;

    /// <summary>The longest object identifier, encoded: AMD's and Intel's have 11 bytes.</summary>
    public const int MostIdentifierBytes = 32;

    /// <summary>The longest signed document, JSON.</summary>
    public const int MostDocumentBytes = 256 * 1024;

    /// <summary>The longest revocation list, DER.</summary>
    public const int MostListBytes = 4 * 1024 * 1024;

    /// <summary>The most entries of a revocation list.</summary>
    public const int MostListEntries = 100_000;

    public static CheckFailure TooLarge(int bytes) => CheckFailure.Malformed($"evidence of at most {MostBytes} bytes", $"{bytes} bytes");
}
