using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Users;

/// <summary>The users of a manifest, found by the exact bytes of their certificate.</summary>
internal sealed class UserDirectory
{
    /// <summary>By SHA-256 of the certificate, so that the time of a comparison does not depend on the number of equal bytes.</summary>
    private readonly Dictionary<string, MeshUser> _users = new(StringComparer.Ordinal);

    private UserDirectory()
    {
    }

    /// <exception cref="UserException">A certificate cannot be read, or two users have the same.</exception>
    public static UserDirectory Create(Manifest manifest)
    {
        var directory = new UserDirectory();
        foreach ((string name, UserDefinition definition) in manifest.Users)
        {
            using X509Certificate2 certificate = ReadCertificate(name, definition.Certificate);
            var user = new MeshUser(
                name, certificate.RawDataMemory, certificate.NotAfter.ToUniversalTime(), PermissionsOf(manifest, definition));
            string key = KeyOf(user.Certificate.Span);
            if (!directory._users.TryAdd(key, user))
            {
                throw new UserException($"manifest contains the same certificate for users {directory._users[key].Name} and {name}");
            }
        }

        return directory;
    }

    /// <summary>The user with this certificate, or null.</summary>
    public MeshUser? Find(ReadOnlySpan<byte> certificate) => _users.GetValueOrDefault(KeyOf(certificate));

    /// <summary>The names of all users who may perform an action.</summary>
    /// <param name="action">One of <see cref="RoleActions"/>.</param>
    public IEnumerable<string> FindAllowed(string action) => _users.Values.Where(user => user.May(action)).Select(user => user.Name);

    private static string KeyOf(ReadOnlySpan<byte> certificate) => Convert.ToHexString(SHA256.HashData(certificate));

    /// <summary>The first PEM block, whatever its label.</summary>
    private static X509Certificate2 ReadCertificate(string user, string pem)
    {
        if (!PemEncoding.TryFind(pem, out PemFields fields))
        {
            throw new UserException($"received invalid certificate for user {user}");
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(pem[fields.Base64Data]));
        }
        catch (CryptographicException exception)
        {
            throw new UserException("x509: malformed certificate", exception);
        }
    }

    private static ImmutableDictionary<string, ImmutableHashSet<string>> PermissionsOf(Manifest manifest, UserDefinition user) =>
        user.Roles
            .Select(role => manifest.Roles[role])
            .SelectMany(role => role.Actions.Select(action => (Action: action.ToLowerInvariant(), role.ResourceNames)))
            .GroupBy(grant => grant.Action)
            .ToImmutableDictionary(
                g => g.Key,
                g => g.SelectMany(grant => grant.ResourceNames).ToImmutableHashSet(StringComparer.Ordinal),
                StringComparer.Ordinal);
}
