using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Identity;
using MarbleRun.Protos;

namespace MarbleRun.Activation.Renewal;

/// <summary>Checks the answer to a renewal before any part of it is used, and creates the new identity from it.</summary>
internal static class RenewalReply
{
    private const int LongestCertificate = 16 * 1024;

    /// <summary>Reads the new identity.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="serverCertificate">The certificate that the server of this connection showed, DER.</param>
    /// <param name="key">The new key, which this Marble generated for this renewal.</param>
    /// <param name="current">The identity that is renewed: the new one has its UUID, type and deployment.</param>
    /// <param name="now">The time at which the certificates must be valid.</param>
    /// <exception cref="RenewalException">A part is missing, or the parts do not match.</exception>
    public static MarbleIdentity ReadIdentity(
        RenewResponse reply, ReadOnlySpan<byte> serverCertificate, ECDsa key, MarbleIdentity current, DateTimeOffset now)
    {
        X509Certificate2 leaf = ReadCertificate(reply.Certificate, "the certificate");
        X509Certificate2 intermediate = ReadCertificate(reply.IntermediateCertificate, "the intermediate certificate");
        X509Certificate2 marbleRoot = ReadCertificate(reply.MarbleRootCertificate, "the Marble root");

        if (!serverCertificate.SequenceEqual(marbleRoot.RawDataMemory.Span))
        {
            throw Invalid(
                "the server did not show the Marble root that its answer names. Either the connection is relayed, or the manifest was "
                + "updated at this moment");
        }

        if (!CertificateChain.HaveSameKey(intermediate, marbleRoot))
        {
            throw Invalid("the intermediate certificate is not for the server's key");
        }

        if (!CertificateChain.TryVerify(intermediate, current.CoordinatorRoot, CertificateRole.Any, now, out string? reason))
        {
            throw Invalid(
                $"the root of the deployment that this Marble belongs to did not issue the intermediate certificate: {reason}. It may be "
                + "another deployment");
        }

        Verify(leaf, intermediate: null, marbleRoot, CertificateRole.Server, now);
        Verify(leaf, intermediate: null, marbleRoot, CertificateRole.Client, now);
        Verify(leaf, intermediate, current.CoordinatorRoot, CertificateRole.Any, now);
        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw Invalid("the certificate is not for the key that this Marble generated for this renewal");
        }

        if (!MarblePeer.TryRead(leaf, out MarblePeer? self, out reason))
        {
            throw Invalid(reason);
        }

        if (self.Id != current.Id || self.MarbleType != current.MarbleType)
        {
            throw Invalid($"the certificate is for {self}, but this is {new MarblePeer(current.MarbleType, current.Id)}");
        }

        return new MarbleIdentity(
            self, leaf.CopyWithPrivateKey(key), [intermediate], marbleRoot, current.CoordinatorRoot, current.Trust)
        {
            Since = now,
        };
    }

    private static void Verify(
        X509Certificate2 leaf, X509Certificate2? intermediate, X509Certificate2 root, CertificateRole role, DateTimeOffset now)
    {
        if (!CertificateChain.TryVerify(leaf, intermediate, root, role, now, out string? reason))
        {
            throw Invalid($"the certificate does not verify under the {(intermediate is null ? "Marble" : "Coordinator")} root: {reason}");
        }
    }

    private static X509Certificate2 ReadCertificate(ByteString der, string name)
    {
        if (der.Length is 0 or > LongestCertificate)
        {
            throw Invalid($"{name} has {der.Length} bytes");
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(der.Span);
        }
        catch (CryptographicException e)
        {
            throw Invalid($"{name} cannot be read", e);
        }
    }

    private static RenewalException Invalid(string what, Exception? cause = null) => new(
        RenewalFailure.Untrusted,
        $"The Coordinator's answer to the renewal is invalid, and this Marble keeps its certificate: {what}.",
        cause);
}
