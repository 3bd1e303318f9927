using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Identity;

/// <summary>
/// Verifies certificates under one given anchor, without the machine's trust store, revocation or the network.
/// </summary>
/// <remarks>
/// The intermediate and the Marble root have the same subject, key and key identifier, and differ only in their issuer. A chain engine that
/// has both may pick either. Therefore the caller specifies every certificate of the path, and a chain of any other length or with another
/// anchor is refused.
/// </remarks>
internal static class CertificateChain
{
    private const string NotIssued = "the certificate was not issued by the authority of this mesh";

    /// <summary>Whether two certificates are for one key.</summary>
    public static bool HaveSameKey(X509Certificate2 one, X509Certificate2 other) =>
        one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(other.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>Verifies that <paramref name="leaf"/> is directly issued by <paramref name="root"/>.</summary>
    public static bool TryVerify(
        X509Certificate2 leaf, X509Certificate2 root, CertificateRole role, DateTimeOffset now, [NotNullWhen(false)] out string? reason) =>
        TryVerify(leaf, intermediate: null, root, role, now, out reason);

    /// <summary>
    /// Verifies that <paramref name="leaf"/> is issued by <paramref name="intermediate"/>, and <paramref name="intermediate"/> by <paramref
    /// name="root"/>.
    /// </summary>
    public static bool TryVerify(
        X509Certificate2 leaf,
        X509Certificate2? intermediate,
        X509Certificate2 root,
        CertificateRole role,
        DateTimeOffset now,
        [NotNullWhen(false)] out string? reason)
    {
        // A certificate that another authority issued, or that is self-issued, is refused before its signature is checked: the sender chose
        // the cost of that check.
        X500DistinguishedName issuer = (intermediate ?? root).SubjectName;
        if (!IsSame(leaf.IssuerName, issuer) || IsSame(leaf.SubjectName, issuer))
        {
            reason = NotIssued;
            return false;
        }

        X509ChainPolicy policy = InertChainPolicy.Create();
        policy.CustomTrustStore.Add(root);
        policy.VerificationTime = now.UtcDateTime;
        if (role != CertificateRole.Any)
        {
            policy.ApplicationPolicy.Add(new Oid(role == CertificateRole.Server ? Oids.ServerAuthentication : Oids.ClientAuthentication));
        }

        if (intermediate is not null)
        {
            policy.ExtraStore.Add(intermediate);
        }

        using var chain = new X509Chain { ChainPolicy = policy };
        try
        {
            bool valid = chain.Build(leaf);
            reason = valid ? ComparePath(chain.ChainElements, intermediate, root) : Describe(chain, now);
            return reason is null;
        }
        catch (CryptographicException)
        {
            reason = "the certificate cannot be read";
            return false;
        }
        finally
        {
            // The chain created the elements as copies.
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static string? ComparePath(X509ChainElementCollection path, X509Certificate2? intermediate, X509Certificate2 root)
    {
        bool expected = intermediate is null
            ? path.Count == 2 && IsSame(path[1].Certificate, root)
            : path.Count == 3 && IsSame(path[1].Certificate, intermediate) && IsSame(path[2].Certificate, root);
        return expected ? null : "the certificate was not issued by the expected authority";
    }

    private static bool IsSame(X509Certificate2 left, X509Certificate2 right) =>
        left.RawDataMemory.Span.SequenceEqual(right.RawDataMemory.Span);

    private static bool IsSame(X500DistinguishedName left, X500DistinguishedName right) =>
        left.RawData.AsSpan().SequenceEqual(right.RawData);

    private static string Describe(X509Chain chain, DateTimeOffset now)
    {
        X509ChainStatusFlags flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (sum, status) => sum | status.Status);
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return DescribeTime(chain.ChainElements, now);
        }

        if (flags.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            return "the certificate may not be used for this side of a TLS connection (extended key usage)";
        }

        return (flags
            & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0
            ? NotIssued
            : $"the certificate does not verify ({flags})";
    }

    // Clocks that differ are the most common cause, so the message contains both times.
    private static string DescribeTime(X509ChainElementCollection path, DateTimeOffset now)
    {
        int index = path
            .Select(e => e.Certificate)
            .TakeWhile(c => c.NotBefore.ToUniversalTime() <= now && now <= c.NotAfter.ToUniversalTime())
            .Count();
        return index == path.Count
            ? $"the certificate, or its issuer, is not valid at this time: the clock of this machine says {now.UtcDateTime:u}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(index == 0 ? "the certificate" : "the issuer of the certificate")} is not valid at this time: it is valid from "
                + $"{path[index].Certificate.NotBefore.ToUniversalTime():u} to {path[index].Certificate.NotAfter.ToUniversalTime():u}, and "
                + $"the clock of this machine says {now.UtcDateTime:u}");
    }
}
