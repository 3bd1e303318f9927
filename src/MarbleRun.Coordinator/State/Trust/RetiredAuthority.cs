using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>An authority of before an update, whose certificates are accepted until the overlap ends. Its key is gone.</summary>
/// <param name="MarbleRoot">The anchor of its certificates, without a key.</param>
/// <param name="Intermediate">The certificate that the root issued for the same key.</param>
/// <param name="Until">The end of the overlap.</param>
internal sealed record RetiredAuthority(X509Certificate2 MarbleRoot, X509Certificate2 Intermediate, DateTimeOffset Until)
{
    /// <summary>Updates in one overlap beyond this number end the oldest one early.</summary>
    public const int MaxCount = 8;

    /// <summary>How its certificates name its key.</summary>
    public ReadOnlyMemory<byte> KeyIdentifier { get; } = CertificateDrafts.KeyIdentifier(MarbleRoot.PublicKey);

    /// <summary>The authorities that are accepted beside a new one, newest first.</summary>
    /// <param name="former">The authority before the update.</param>
    /// <param name="earlier">Those that were accepted beside it.</param>
    /// <param name="overlap">How long the update lets them be accepted; it also cuts what earlier updates allowed.</param>
    /// <param name="now">The time of the update.</param>
    public static ImmutableArray<RetiredAuthority> After(
        MeshAuthority former, ImmutableArray<RetiredAuthority> earlier, TimeSpan overlap, DateTimeOffset now)
    {
        DateTimeOffset end = now + overlap;
        return overlap <= TimeSpan.Zero ? [] :
        [
            .. earlier
                .Where(a => a.Until > now)
                .Select(a => a.Until > end ? a with { Until = end } : a)
                .Prepend(Of(former, end))
                .Take(MaxCount),
        ];
    }

    private static RetiredAuthority Of(MeshAuthority authority, DateTimeOffset until) => new(
        X509CertificateLoader.LoadCertificate(authority.MarbleRoot.RawDataMemory.Span), authority.Intermediate, until);
}
