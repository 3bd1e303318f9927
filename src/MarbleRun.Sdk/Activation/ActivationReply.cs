using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Activation.Targets;
using MarbleRun.Identity;
using MarbleRun.Protos;

namespace MarbleRun.Activation;

/// <summary>Checks the Coordinator's reply before any part of it is used, and creates the identity from it.</summary>
internal static class ActivationReply
{
    /// <summary>Reads the identity.</summary>
    /// <param name="parameters">The reply.</param>
    /// <param name="serverCertificate">The certificate that the server showed, DER.</param>
    /// <param name="requested">The type and UUID that this process requested.</param>
    /// <param name="now">The time at which the certificates must be valid.</param>
    /// <param name="former">The identity of the same deployment that the new one replaces; null for a first identity.</param>
    /// <exception cref="MarbleActivationException">A part is missing, or the parts do not match.</exception>
    public static MarbleIdentity ReadIdentity(
        Parameters parameters,
        ReadOnlySpan<byte> serverCertificate,
        MarblePeer requested,
        DateTimeOffset now,
        MarbleIdentity? former = null)
    {
        X509Certificate2 marbleRoot = ReadCertificates(parameters, ReservedVariables.MarbleRoot, count: 1)[0];
        X509Certificate2Collection chain = ReadCertificates(parameters, ReservedVariables.CertificateChain, count: 2);
        X509Certificate2 coordinatorRoot = ReadCertificates(parameters, ReservedVariables.CoordinatorRoot, count: 1)[0];

        if (!serverCertificate.SequenceEqual(marbleRoot.RawDataMemory.Span))
        {
            throw Invalid(
                "the server did not show the Marble root that its reply names. Either the connection is relayed, or the manifest was "
                + "updated at this moment; in the second case start this Marble again");
        }

        if (!CertificateChain.HaveSameKey(chain[1], marbleRoot))
        {
            throw Invalid("the intermediate certificate, which the Coordinator root issued, is not for the server's key");
        }

        Verify(chain[0], intermediate: null, marbleRoot, now, "Marble root");
        Verify(chain[0], chain[1], coordinatorRoot, now, "Coordinator root");
        MarblePeer self = ReadSelf(chain[0], requested);
        if (former?.Trust.IsOf(coordinatorRoot) == false)
        {
            throw Invalid(
                "its root certificate is another one than that of the deployment that this Marble belongs to. If the deployment was set up "
                + "again, start this Marble again");
        }

        return new MarbleIdentity(self, AttachKey(chain[0], parameters), [chain[1]], marbleRoot, coordinatorRoot, former?.Trust)
        {
            Since = now,
        };
    }

    private static MarblePeer ReadSelf(X509Certificate2 leaf, MarblePeer requested)
    {
        if (!MarblePeer.TryRead(leaf, out MarblePeer? self, out string? reason))
        {
            throw Invalid(reason);
        }

        return self.Id == requested.Id && self.MarbleType == requested.MarbleType
            ? self
            : throw Invalid($"the certificate is for {self}, but this is {requested}");
    }

    private static void Verify(
        X509Certificate2 leaf, X509Certificate2? intermediate, X509Certificate2 root, DateTimeOffset now, string rootName)
    {
        if (!CertificateChain.TryVerify(leaf, intermediate, root, CertificateRole.Any, now, out string? reason))
        {
            throw Invalid($"the certificate does not verify under the {rootName}: {reason}");
        }
    }

    private static X509Certificate2Collection ReadCertificates(Parameters parameters, string variable, int count)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(ReadText(parameters, variable));
        }
        catch (CryptographicException e)
        {
            throw Invalid($"{variable} is not PEM", e);
        }

        return certificates.Count == count
            ? certificates
            : throw Invalid($"{variable} has {certificates.Count} certificates instead of {count}");
    }

    private static X509Certificate2 AttachKey(X509Certificate2 leaf, Parameters parameters)
    {
        // The message of an inner exception could quote the key, so there is no inner exception.
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(ReadText(parameters, ReservedVariables.PrivateKey));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Invalid($"{ReservedVariables.PrivateKey} is not an ECDSA key in PEM");
        }

        using ECDsa? certified = leaf.GetECDsaPublicKey();
        if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw Invalid("the private key does not match the certificate");
        }

        return leaf.CopyWithPrivateKey(key);
    }

    private static string ReadText(Parameters parameters, string variable) =>
        parameters.Env.TryGetValue(variable, out ByteString? value) && !value.IsEmpty
            ? value.ToStringUtf8()
            : throw Invalid($"{variable} is missing");

    private static MarbleActivationException Invalid(string what, Exception? cause = null) => new(
        MarbleActivationFailure.InvalidReply, $"The Coordinator's reply is invalid, and nothing from it was applied: {what}.", cause);
}
