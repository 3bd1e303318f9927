using System.Collections.Immutable;

namespace MarbleRun.Attestation.Claims;

/// <summary>The claims of a quote. In an accepted <see cref="Verdict"/> they are verified; in a rejected one they are not.</summary>
/// <remarks>
/// This type has the claims of every platform; <see cref="Sgx"/> and <see cref="Tdx"/> have those of one platform. A TD has no signer,
/// product number or security version: <see cref="SignerId"/> is then empty and the numbers are 0, and no package check uses them.
/// </remarks>
public sealed record QuoteClaims
{
    /// <summary>The kind of trusted execution environment that the evidence comes from.</summary>
    public required TeeType Tee { get; init; }

    /// <summary>The measurement of the code (SGX: MRENCLAVE, 32 bytes; TDX: MRTD, 48 bytes), lower-case hex.</summary>
    public required string UniqueId { get; init; }

    /// <summary>The measurement of the signer (SGX: MRSIGNER), lower-case hex; empty if the platform has none (TDX).</summary>
    public required string SignerId { get; init; }

    /// <summary>The product number (SGX: ISVPRODID).</summary>
    public required ushort ProductId { get; init; }

    /// <summary>The security version (SGX: ISVSVN).</summary>
    public required ushort SecurityVersion { get; init; }

    /// <summary>Whether the code can be read and changed by a debugger (SGX: attribute DEBUG; TDX: TD attribute DEBUG).</summary>
    public required bool Debug { get; init; }

    /// <summary>The data that the quote binds to the code.</summary>
    public required ReportData ReportData { get; init; }

    /// <summary>How well the platform is patched; <see cref="TcbStatus.Unknown"/> without collateral.</summary>
    public TcbStatus TcbStatus { get; init; }

    /// <summary>
    /// The name of the root that certifies the platform (<c>Intel SGX Root CA</c>, <c>MarbleRun Development SGX Root CA</c>), or null if
    /// the evidence was not verified up to a root. Simulated evidence is recognised by this name.
    /// </summary>
    public string? TrustAnchor { get; init; }

    /// <summary>All fields of a report of AMD SEV-SNP; null for other evidence.</summary>
    public SnpClaims? Snp { get; init; }

    /// <summary>The vendor's advisories that affect the platform.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];

    /// <summary>The claims that only SGX evidence has; null for other platforms.</summary>
    public SgxClaims? Sgx { get; init; }

    /// <summary>The claims that only TDX evidence has; null for other platforms.</summary>
    public TdxClaims? Tdx { get; init; }

    /// <summary>
    /// The machine that made an SGX or TDX quote, according to its PCK certificate; null if the certificate was not verified up to the
    /// root.
    /// </summary>
    public DcapPlatform? Platform { get; init; }
}
