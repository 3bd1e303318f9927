using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>
/// The certificate revocation list: the certificates of the authority in force that a revocation in force names, as the revocations keep
/// them and as the list of identities has them. Any caller may ask for it, so it is signed once for all of them.
/// </summary>
internal sealed class RevocationListService(MarbleRegistry identities, TimeProvider timeProvider)
{
    /// <summary>How long a list is valid.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromHours(1);

    /// <summary>A list is signed again at this age, so that no caller gets one that ends soon.</summary>
    private static readonly TimeSpan s_renewal = Validity / 2;

    /// <summary>
    /// How long a new identity may be missing in the list. It can only be one that became known again after a restart: certificates are not
    /// issued to revoked Marbles.
    /// </summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private SignedList? _list;
    private long _number;

    /// <summary>The list of a state, DER.</summary>
    public ReadOnlyMemory<byte> Get(CoordinatorState state)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            return (_list = IsCurrent(_list, state, now) ? _list! : Sign(state, now)).Bytes;
        }
    }

    private bool IsCurrent(SignedList? list, CoordinatorState state, DateTimeOffset now) =>
        list is not null
        && ReferenceEquals(list.Authority, state.Authority)
        && ReferenceEquals(list.Revocations, state.Revocations)
        && now >= list.Time
        && now - list.Time < (list.Version == identities.Version || state.Revocations.IsEmpty ? s_renewal : s_settling);

    private SignedList Sign(CoordinatorState state, DateTimeOffset now)
    {
        long version = identities.Version;
        var builder = new CertificateRevocationListBuilder();
        foreach ((string serialNumber, DateTimeOffset? since) in Entries(state, now))
        {
            builder.AddEntry(Convert.FromHexString(serialNumber), since);
        }

        // The clock gives numbers that grow over restarts; within one second, or with a clock that was set back, the last one does.
        _number = Math.Max(_number + 1, now.ToUnixTimeMilliseconds());
        byte[] bytes = state.Authority.SignRevocationList(builder, new BigInteger(_number), now, now + Validity);
        return new SignedList(state.Authority, state.Revocations, version, now, bytes);
    }

    private Dictionary<string, DateTimeOffset?> Entries(CoordinatorState state, DateTimeOffset now)
    {
        Dictionary<string, DateTimeOffset?> entries = new(StringComparer.Ordinal);
        if (state.Revocations.IsEmpty)
        {
            return entries;
        }

        string issuer = Convert.ToHexStringLower(state.Authority.MarbleRootKeyIdentifier.Span);
        foreach (MarbleRevocation revocation in state.Revocations.InForce)
        {
            Add(revocation, revocation.Certificates);
        }

        foreach (KnownMarble known in identities.List())
        {
            if (state.Revocations.Find(known.Marble) is { } revocation)
            {
                Add(revocation, [known.ToRevocable().Certificate]);
            }
        }

        return entries;

        void Add(MarbleRevocation revocation, IEnumerable<RevokedCertificate> certificates)
        {
            foreach (RevokedCertificate certificate in certificates.Where(c => c.IssuerKey == issuer && c.NotAfter > now))
            {
                entries.TryAdd(certificate.SerialNumber, revocation.Since);
            }
        }
    }

    private sealed record SignedList(
        MeshAuthority Authority, RevocationSet Revocations, long Version, DateTimeOffset Time, ReadOnlyMemory<byte> Bytes);
}
