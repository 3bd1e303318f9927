using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Identifies a Marble by the leaf certificate of its connection. Certificates of secrets have the same root but contain no Marble
/// type.</summary>
internal static class MarbleCertificateCheck
{
    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="marbleRoot">The anchor: an authority that is accepted.</param>
    /// <param name="now">The time.</param>
    /// <param name="fault">The reason of a refusal, where possible with the texts of MarbleRun 1.9; null on success.</param>
    public static MarblePeer? Identify(X509Certificate2 leaf, X509Certificate2 marbleRoot, DateTimeOffset now, out string? fault)
    {
        try
        {
            fault = FindFault(leaf, marbleRoot, now);
            if (fault is null && MarblePeer.TryRead(leaf, out MarblePeer? peer))
            {
                return peer;
            }

            fault ??= FindNameFault(leaf);
        }
        catch (CryptographicException exception)
        {
            // Extensions that are not DER.
            fault = $"x509: malformed certificate: {exception.Message}";
        }

        return null;
    }

    /// <summary>Why a valid certificate names no Marble.</summary>
    private static string FindNameFault(X509Certificate2 leaf) =>
        !MarbleUuid.TryParse(leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false), out Guid uuid) || uuid == Guid.Empty
            ? "the certificate's subject is not a UUID"
        : leaf.Extensions[MarblePeer.TypeOid] is null ? "MarbleType extension not found in certificate"
        : "the certificate does not name one Marble type and one UUID";

    private static string? FindFault(X509Certificate2 leaf, X509Certificate2 marbleRoot, DateTimeOffset now)
    {
        X509ChainPolicy policy = InertChainPolicy.Create();
        policy.CustomTrustStore.Add(marbleRoot);
        policy.VerificationTime = now.LocalDateTime;
        policy.ApplicationPolicy.Add(new Oid(ExtendedKeyUsages.ClientAuthentication));
        using var chain = new X509Chain { ChainPolicy = policy };
        bool isValid = chain.Build(leaf);
        bool isIssued = isValid
            && chain.ChainElements.Count == 2
            && leaf.Extensions.OfType<X509BasicConstraintsExtension>().All(c => !c.CertificateAuthority);
        X509ChainStatusFlags status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        foreach (X509ChainElement element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return isIssued ? null
            : (status & ~X509ChainStatusFlags.NotTimeValid) == X509ChainStatusFlags.NoError && !isValid
                ? "x509: certificate has expired or is not yet valid"
            : "x509: certificate signed by unknown authority";
    }
}
