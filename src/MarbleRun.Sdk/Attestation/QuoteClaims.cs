using System.Collections.Immutable;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation;

/// <summary>
/// What a quote says. In an accepted <see cref="Verdict"/> it is true; in a rejected one it is only what the evidence pretends.
/// </summary>
public sealed record QuoteClaims
{
    /// <summary>The measurement of the code (SGX: MRENCLAVE), lower-case hex.</summary>
    public required string UniqueId { get; init; }

    /// <summary>The measurement of the signer (SGX: MRSIGNER), lower-case hex.</summary>
    public required string SignerId { get; init; }

    /// <summary>The product number (SGX: ISVPRODID).</summary>
    public required ushort ProductId { get; init; }

    /// <summary>The security version (SGX: ISVSVN).</summary>
    public required ushort SecurityVersion { get; init; }

    /// <summary>Whether the code can be read and changed by a debugger (SGX: attribute DEBUG).</summary>
    public required bool Debug { get; init; }

    /// <summary>What the quote binds the code to.</summary>
    public required ReportData ReportData { get; init; }

    /// <summary>How well the platform is patched; <see cref="TcbStatus.Unknown"/> when nothing was there to judge it by.</summary>
    public TcbStatus TcbStatus { get; init; }

    /// <summary>
    /// The name of the root that vouches for the platform (<c>Intel SGX Root CA</c>, <c>MarbleRun Development SGX Root CA</c>), or null as long as the
    /// evidence was not traced to it. Simulated evidence is known by this name.
    /// </summary>
    public string? TrustAnchor { get; init; }

    /// <summary>All fields of a report of AMD SEV-SNP; null for other evidence.</summary>
    public SnpClaims? Snp { get; init; }

    /// <summary>The vendor's advisories that the platform is open to.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];
}
