using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Management.Revocations;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The user with whose certificate the dashboard was started.</summary>
/// <param name="HasCertificate">Whether it was started with a certificate.</param>
/// <param name="Name">The user's name in the manifest in force; null if it names no such user.</param>
/// <param name="MayUpdate">Whether the user may acknowledge and cancel updates.</param>
/// <param name="Revocable">The Marble types that the user may revoke.</param>
internal sealed record UserView(bool HasCertificate, string? Name, bool MayUpdate, ImmutableHashSet<string> Revocable)
{
    public static UserView None { get; } = new(false, null, false, []);

    public static UserView Of(Manifest? manifest, X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return None;
        }

        (string Name, UserDefinition Definition)[] found =
        [
            .. manifest?.Users
                .Where(user => IsOf(user.Value.Certificate, certificate))
                .Select(user => (user.Key, user.Value)) ?? [],
        ];
        if (found.Length == 0)
        {
            return None with { HasCertificate = true };
        }

        RoleDefinition[] roles =
            [.. found[0].Definition.Roles.Select(role => manifest!.Roles.GetValueOrDefault(role)).OfType<RoleDefinition>()];
        return new UserView(
            true,
            found[0].Name,
            roles.Any(role => Has(role, ResourceTypes.Manifest, RoleActions.UpdateManifest)),
            [.. roles.Where(role => Has(role, ResourceTypes.Marbles, RoleActions.RevokeMarble)).SelectMany(role => role.ResourceNames)]);
    }

    /// <summary>Whether the user may agree to lifting a revocation, as far as the manifest says; the Coordinator decides.</summary>
    public bool MayLift(Revocation revocation) => !Revocable.IsEmpty && revocation.MarbleTypes.All(Revocable.Contains);

    /// <summary>The certificate of a user in the manifest; null if it cannot be read.</summary>
    public static X509Certificate2? Read(string pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool Has(RoleDefinition role, string type, string action) =>
        role.ResourceType == type && role.Actions.Contains(action, StringComparer.OrdinalIgnoreCase);

    private static bool IsOf(string pem, X509Certificate2 certificate)
    {
        using X509Certificate2? read = Read(pem);
        return read is not null && read.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span);
    }
}
