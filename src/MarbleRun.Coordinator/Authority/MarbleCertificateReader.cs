using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Identifies a Marble by the leaf certificate of its connection. Certificates of secrets have the same root but contain no Marble
/// type.</summary>
internal static class MarbleCertificateReader
{
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="authority">The mesh's current authority: certificates of an earlier one are not accepted.</param>
    /// <param name="now">The time.</param>
    /// <param name="fault">The reason of a refusal; null on success.</param>
    public static MarbleIdentityClaim? Read(X509Certificate2 leaf, MeshAuthority authority, DateTimeOffset now, out string? fault)
    {
        try
        {
            fault = FindFault(leaf, authority, now);
        }
        catch (CryptographicException exception)
        {
            // Extensions that are not DER.
            fault = $"x509: malformed certificate: {exception.Message}";
        }

        if (fault is not null)
        {
            return null;
        }

        if (!MarbleUuid.TryParse(leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false), out Guid uuid) || uuid == Guid.Empty)
        {
            fault = "the certificate's subject is no UUID";
            return null;
        }

        if (leaf.Extensions[CertificateTemplates.MarbleTypeOid] is not { RawData: var type })
        {
            fault = "MarbleType extension not found in certificate";
            return null;
        }

        try
        {
            return new MarbleIdentityClaim(s_strict.GetString(type), uuid);
        }
        catch (DecoderFallbackException)
        {
            fault = "the MarbleType extension is not valid UTF-8";
            return null;
        }
    }

    private static string? FindFault(X509Certificate2 leaf, MeshAuthority authority, DateTimeOffset now)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority.MarbleRoot },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationTimeIgnored = false,
                VerificationTime = now.LocalDateTime,
                ApplicationPolicy = { new Oid(ClientAuth) },
            },
        };
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
