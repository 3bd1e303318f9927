using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks users and roles.</summary>
internal sealed partial class ManifestChecks
{
    private static readonly string[] s_secretActions = [RoleActions.ReadSecret, RoleActions.WriteSecret];

    private static readonly string[] s_marbleActions = [RoleActions.RevokeMarble, RoleActions.ReadMarbles];

    private readonly Dictionary<string, string> _usersByCertificate = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _usersByKey = new(StringComparer.Ordinal);

    private void CheckUsers()
    {
        foreach ((string name, UserDefinition user) in InOrder(_manifest.Users, "Users"))
        {
            string path = JsonPath.Of("Users", name);
            if (user.Certificate.Length == 0)
            {
                Error(
                    path,
                    $"manifest does not contain a certificate for user {name}",
                    "Add the user's client certificate as PEM to Certificate.");
            }

            foreach ((int index, string role) in user.Roles.Index().Where(role => !_manifest.Roles.ContainsKey(role.Item)))
            {
                Error(
                    path + ".Roles" + JsonPath.Index(index),
                    $"manifest specifies role {role} for user {name}, but role does not exist",
                    Nearest(role, _manifest.Roles.Keys) ?? "Add it to Roles.");
            }

            if (user.Certificate.Length > 0)
            {
                CheckCertificate(path + ".Certificate", name, user.Certificate);
            }
        }
    }

    private void CheckCertificate(string path, string user, string pem)
    {
        if (!PemBlock.TryFind(pem, out _, out byte[]? content))
        {
            RefuseSharedCertificate(path, user, pem);
            if (!RefusePrivateKey(path, $"the certificate of user {user}", pem, ManifestStage.Users))
            {
                Error(
                    path,
                    $"received invalid certificate for user {user}",
                    "Write the certificate as PEM, with line breaks as \\n.",
                    ManifestStage.Users);
            }

            return;
        }

        // The content identifies a user, not the text around it.
        X509Certificate2? certificate = TryLoad(content);
        RefuseSharedCertificate(path, user, Convert.ToHexString(SHA256.HashData(certificate is null ? content : certificate.RawData)));
        if (RefusePrivateKey(path, $"the certificate of user {user}", pem, ManifestStage.Users))
        {
            certificate?.Dispose();
            return;
        }

        if (certificate is null)
        {
            Error(path, "x509: malformed certificate", $"The certificate of user {user} cannot be read.", ManifestStage.Users);
            return;
        }

        using (certificate)
        {
            WarnOfFurtherBlocks(path, $"the certificate of user {user}", pem);
            CheckKey(path, user, certificate.PublicKey);
            _userCertificates[user] = certificate.RawDataMemory;
        }
    }

    private static X509Certificate2? TryLoad(byte[] content)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(content);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>A user signs in with a TLS handshake; if two certificates have the same key, one holder can act for both users.</summary>
    private void CheckKey(string path, string user, PublicKey key)
    {
        if (ClientKey.FindFault(key) is { } fault)
        {
            Error(
                path,
                $"user {user} could never sign in with the key of the certificate: {fault}",
                "Use a certificate with another key for this user.",
                ManifestStage.Users);
        }
        else if (ClientKey.FindDoubt(key) is { } doubt)
        {
            Warn(path, $"user {user}: {doubt}", "Use a key on P-256 or P-384, or an RSA key of at least 2048 bits.");
        }

        string identity = Convert.ToHexString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        if (!_usersByKey.TryAdd(identity, user) && _usersByKey[identity] != user)
        {
            Warn(
                path,
                $"users {_usersByKey[identity]} and {user} have the same key in two certificates, so one holder can act for both",
                "Use a separate key for each user.");
        }
    }

    private void RefuseSharedCertificate(string path, string user, string certificate)
    {
        if (!_usersByCertificate.TryAdd(certificate, user))
        {
            Error(
                path,
                $"manifest contains the same certificate for users {_usersByCertificate[certificate]} and {user}",
                "Use a separate certificate for each user.");
        }
    }

    private void CheckRole(string name, RoleDefinition role)
    {
        string path = JsonPath.Of("Roles", name);
        bool hasNames = role.ResourceType is not (ResourceTypes.Manifest or ResourceTypes.Audit);
        if (role.Actions.IsEmpty || (role.ResourceNames.IsEmpty && hasNames))
        {
            Warn(path, $"role {name} allows nothing", "Add Actions, and ResourceNames unless its type is Manifest or Audit.");
        }

        if (!hasNames && !role.ResourceNames.IsEmpty)
        {
            Error(
                path + ".ResourceNames",
                $"role {name}: resource names are not allowed for type {role.ResourceType}",
                "Remove ResourceNames.");
        }

        switch (role.ResourceType)
        {
            case ResourceTypes.Packages:
                CheckNames(name, path, role, _manifest.Packages);
                CheckActions(name, path, role, RoleActions.UpdateSecurityVersion);
                break;

            case ResourceTypes.Secrets:
                CheckActions(name, path, role, s_secretActions);
                CheckNames(name, path, role, _manifest.Secrets);
                CheckSecretActions(name, path, role);
                break;

            case ResourceTypes.Manifest:
                CheckActions(name, path, role, RoleActions.UpdateManifest);
                break;

            case ResourceTypes.Audit:
                CheckActions(name, path, role, RoleActions.ReadAudit);
                break;

            case ResourceTypes.Marbles:
                CheckNames(name, path, role, _manifest.Marbles);
                CheckActions(name, path, role, s_marbleActions);
                break;

            default:
                Error(
                    path + ".ResourceType",
                    $"unrecognized resource type: {{{role.ResourceType} [{string.Join(' ', role.ResourceNames)}] "
                    + $"[{string.Join(' ', role.Actions)}]}} for role: {name}",
                    Nearest(role.ResourceType, ResourceTypes.All) ?? "Use Packages, Secrets, Manifest, Marbles or Audit; case matters.");
                break;
        }
    }

    private void CheckNames<T>(string name, string path, RoleDefinition role, ImmutableSortedDictionary<string, T> known)
    {
        foreach ((int index, string resource) in role.ResourceNames.Index().Where(resource => !known.ContainsKey(resource.Item)))
        {
            Error(
                path + ".ResourceNames" + JsonPath.Index(index),
                $"role {name}: resource {resource} of type {role.ResourceType} is not defined in manifest",
                Nearest(resource, known.Keys) ?? $"Add it to {role.ResourceType}.");
        }
    }

    private void CheckActions(string name, string path, RoleDefinition role, params string[] allowed)
    {
        foreach ((int index, string action) in role.Actions
            .Index()
            .Where(action => !allowed.Contains(action.Item, StringComparer.OrdinalIgnoreCase)))
        {
            Error(
                path + ".Actions" + JsonPath.Index(index),
                $"unknown action: {action} for type {role.ResourceType} in role: {name}",
                Nearest(action, allowed) ?? $"Allowed: {string.Join(", ", allowed)}.");
        }
    }

    private void CheckSecretActions(string name, string path, RoleDefinition role)
    {
        bool writes = Has(role, RoleActions.WriteSecret);
        bool reads = Has(role, RoleActions.ReadSecret);
        foreach ((int index, string resource) in role.ResourceNames.Index())
        {
            if (!_manifest.Secrets.TryGetValue(resource, out SecretDefinition? secret))
            {
                continue;
            }

            if (writes && !secret.UserDefined)
            {
                Error(
                    path + ".ResourceNames" + JsonPath.Index(index),
                    $"manifest specifies write permission for role {name} and secret {resource}, but secret is not user-defined",
                    $"Set UserDefined of {resource}, or allow only reading.");
            }

            if (reads && !secret.Shared && !secret.UserDefined)
            {
                Error(
                    path + ".ResourceNames" + JsonPath.Index(index),
                    $"manifest specifies read permission for role {name} and per-marble-unique secret {resource}",
                    $"Only shared and user-defined secrets can be read; set Shared of {resource}, or remove it from the role.");
            }
        }
    }

    private static bool Has(RoleDefinition role, string action) => role.Actions.Contains(action, StringComparer.OrdinalIgnoreCase);
}
