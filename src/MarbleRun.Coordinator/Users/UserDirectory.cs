using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Coordinator.Users;

/// <summary>The users of a manifest, found by the exact bytes of their certificate.</summary>
internal sealed class UserDirectory
{
    /// <summary>By SHA-256 of the certificate, so that the time of a comparison does not depend on the number of equal bytes.</summary>
    private readonly Dictionary<string, MeshUser> _users = new(StringComparer.Ordinal);

    private UserDirectory()
    {
    }

    /// <param name="report">The check of the manifest, which read the certificates.</param>
    /// <exception cref="ManifestException">A certificate cannot be used, or two users have the same. An accepted manifest has neither
    /// fault.</exception>
    public static UserDirectory Create(ManifestReport report)
    {
        Manifest manifest = report.Manifest!;
        var directory = new UserDirectory();
        foreach ((string name, UserDefinition definition) in manifest.Users)
        {
            if (!report.UserCertificates.TryGetValue(name, out ReadOnlyMemory<byte> certificate))
            {
                throw new ManifestException($"received invalid certificate for user {name}");
            }

            string key = KeyOf(certificate.Span);
            if (!directory._users.TryAdd(key, new MeshUser(name, certificate, PermissionsOf(manifest, definition))))
            {
                throw new ManifestException($"manifest contains the same certificate for users {directory._users[key].Name} and {name}");
            }
        }

        return directory;
    }

    /// <summary>The user with this certificate, or null.</summary>
    public MeshUser? Find(ReadOnlySpan<byte> certificate) => _users.GetValueOrDefault(KeyOf(certificate));

    /// <summary>All users, in no order.</summary>
    public IReadOnlyCollection<MeshUser> All => _users.Values;

    /// <summary>The names of all users who may perform an action.</summary>
    /// <param name="action">One of <see cref="RoleActions"/>.</param>
    public IEnumerable<string> FindAllowed(string action) => _users.Values.Where(user => user.May(action)).Select(user => user.Name);

    private static string KeyOf(ReadOnlySpan<byte> certificate) => Convert.ToHexString(SHA256.HashData(certificate));

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
