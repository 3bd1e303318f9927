using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Coordinator.Peers;

/// <summary>The code of this Coordinator, as its evidence says it.</summary>
/// <param name="Claims">The claims of the evidence.</param>
/// <param name="IsCertain">
/// Whether the host cannot have put the evidence of other code in its place. A quote of SGX or TDX comes from a service of the host, which
/// can return a genuine one of the host's own enclave over the same report data: it counts only if the processor says the same here.
/// </param>
internal sealed record OwnCode(QuoteClaims Claims, bool IsCertain)
{
    /// <summary>What evidence of the same code must fit. The lists of accepted platforms are the defaults.</summary>
    public PackageProperties ToPackage() => Claims switch
    {
        { Tdx: { } td } => new PackageProperties
        {
            Debug = Claims.Debug,
            Tdx = new TdxProperties
            {
                MrTd = td.MrTd,
                Rtmr0 = td.Rtmr0,
                Rtmr1 = td.Rtmr1,
                Rtmr2 = td.Rtmr2,
                Rtmr3 = td.Rtmr3,
                TdAttributes = td.TdAttributes,
                MrServiceTd = td.MrServiceTd,
            },
        },
        { Snp: { } machine } => new PackageProperties
        {
            Debug = Claims.Debug,
            Snp = new SnpProperties
            {
                Measurement = machine.Measurement,
                HostData = machine.HostData,
                Vmpl = machine.Vmpl,
                PolicyMask = ulong.MaxValue,
                Policy = machine.Policy,
            },
        },
        _ => new PackageProperties { Debug = Claims.Debug, UniqueId = Claims.UniqueId },
    };

    /// <summary>Whether accepted evidence is of this code; members that a package cannot name are compared, too.</summary>
    public bool IsSame(QuoteClaims other) =>
        Claims.Tee == other.Tee
        && Claims.Tee != TeeType.Unknown
        && Claims.UniqueId == other.UniqueId
        && Claims.Debug == other.Debug
        && Claims.Tdx?.MrConfigId == other.Tdx?.MrConfigId
        && Claims.Tdx?.MrOwner == other.Tdx?.MrOwner
        && Claims.Tdx?.MrOwnerConfig == other.Tdx?.MrOwnerConfig;

    /// <summary>
    /// Whether an entry of the manifest's Coordinators names this code. Then the entries decide, with their machines and accepted states.
    /// </summary>
    public bool IsNamedBy(PackageProperties entry) => Claims.Tee switch
    {
        TeeType.Tdx => Same(entry.Tdx?.MrTd, Claims.UniqueId),
        TeeType.Snp => Same(entry.Snp?.Measurement, Claims.UniqueId)
            || Same(entry.Snp?.IdKeyDigest, Claims.Snp?.IdKeyDigest)
            || Same(entry.Snp?.AuthorKeyDigest, Claims.Snp?.AuthorKeyDigest),
        _ => Same(entry.UniqueId, Claims.UniqueId)
            || (string.IsNullOrEmpty(entry.UniqueId) && Same(entry.SignerId, Claims.SignerId) && entry.ProductId == Claims.ProductId),
    };

    private static bool Same(string? named, string? own) =>
        !string.IsNullOrEmpty(named) && string.Equals(named, own, StringComparison.OrdinalIgnoreCase);
}
