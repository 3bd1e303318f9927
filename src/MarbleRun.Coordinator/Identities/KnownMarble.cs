using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Identities;

/// <summary>An identity that the Coordinator issued, as its certificate says it.</summary>
internal sealed class KnownMarble
{
    /// <summary>A certificate may contain 100 names of 32 KiB; the list is kept in memory.</summary>
    public const int MaxNames = 16;

    /// <summary>In characters of all names together.</summary>
    public const int MaxNameLength = 1024;

    private long _lastSeen;

    private KnownMarble(RevocableMarble marble, CertificateNames names, DateTimeOffset now)
    {
        Marble = marble;
        (Names, OmittedNames) = Limit(names);
        _lastSeen = now.UtcTicks;
    }

    public RevocableMarble Marble { get; }

    /// <summary>SHA-256 of the certificate (DER), lower-case hex.</summary>
    public string Certificate => Marble.Certificate!;

    public ReadOnlyMemory<byte> SerialNumber { get; private init; }

    /// <summary>The identifier of the key that signed the certificate.</summary>
    public ReadOnlyMemory<byte> IssuerKey { get; private init; }

    public DateTimeOffset NotBefore { get; private init; }

    public DateTimeOffset NotAfter { get; private init; }

    /// <summary>DNS names and addresses of the certificate, up to the limits.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>How many names are not in <see cref="Names"/>.</summary>
    public int OmittedNames { get; }

    /// <summary>When the Coordinator last issued this certificate, or was shown it.</summary>
    public DateTimeOffset LastSeen => new(Interlocked.Read(ref _lastSeen), TimeSpan.Zero);

    /// <param name="certificate">A certificate that a Marble showed, verified.</param>
    /// <param name="marble">The names in it.</param>
    /// <param name="now">The time.</param>
    public static KnownMarble Of(X509Certificate2 certificate, MarblePeer marble, DateTimeOffset now) =>
        new(RevocableMarble.Of(certificate, marble), CertificateNames.Of(certificate), now)
        {
            SerialNumber = certificate.SerialNumberBytes,
            NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            IssuerKey = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier ?? default,
        };

    /// <param name="issued">The Marble that was just given a certificate.</param>
    /// <param name="now">The time.</param>
    public static KnownMarble Of(MarbleLeaf issued, DateTimeOffset now) =>
        new(
            new RevocableMarble(
                issued.Subject.Uuid,
                issued.Subject.MarbleType,
                issued.Subject.Code?.MeasurementText,
                issued.Subject.Code?.PlatformText,
                Convert.ToHexStringLower(SHA256.HashData(issued.Certificate.Der))),
            issued.Subject.Names,
            now)
        {
            SerialNumber = issued.Certificate.SerialNumber,
            NotBefore = issued.Certificate.NotBefore,
            NotAfter = issued.Certificate.NotAfter,
            IssuerKey = issued.IssuerKey,
        };

    /// <summary>As a revocation keeps it.</summary>
    public (RevocableMarble Marble, RevokedCertificate Certificate) ToRevocable() => (
        Marble,
        new RevokedCertificate(
            Convert.ToHexStringLower(IssuerKey.Span), Convert.ToHexStringLower(SerialNumber.Span), NotAfter));

    /// <summary>As the audit trail has it.</summary>
    public (string Name, string Value)[] Describe() =>
    [
        ("marbleType", Marble.MarbleType),
        ("uuid", MarbleUuid.ToCanonical(Marble.Uuid)),
        ("certificate", Certificate),
        ("serialNumber", Convert.ToHexStringLower(SerialNumber.Span)),
        ("notAfter", SecondText.Format(NotAfter)),
        .. Marble.Measurement is { } measurement ? [("measurement", measurement)] : Array.Empty<(string, string)>(),
        .. Marble.Platform is { } platform ? [("platform", platform)] : Array.Empty<(string, string)>(),
        .. Names.IsEmpty ? Array.Empty<(string, string)>() : [("names", string.Join(", ", Names))],
    ];

    public void SeenAt(DateTimeOffset now) => Interlocked.Exchange(ref _lastSeen, now.UtcTicks);

    private static (ImmutableArray<string> Names, int Omitted) Limit(CertificateNames names)
    {
        string[] all = [.. names.DnsNames, .. names.IPAddresses.Select(a => a.ToString())];
        int length = 0;
        ImmutableArray<string> kept = [.. all.Take(MaxNames).TakeWhile(name => (length += name.Length) <= MaxNameLength)];
        return (kept, all.Length - kept.Length);
    }
}
