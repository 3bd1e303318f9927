using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Config and recovery keys.</summary>
internal sealed partial class ManifestChecks
{
    /// <summary>In bits; Coordinators refuse longer keys.</summary>
    private const int LongestRecoveryKey = 16384;

    private void CheckConfig()
    {
        ManifestConfig config = _manifest.Config;
        string path = JsonPath.Of("Config");
        ulong updaters = (ulong)_manifest.Users.Values.Count(MayUpdateManifest);
        if (updaters < config.UpdateThreshold)
        {
            Error(
                path + ".UpdateThreshold",
                $"not enough users with manifest update permissions ({updaters}) to meet the threshold of {config.UpdateThreshold}",
                "Lower the threshold, or give more users a role with the action UpdateManifest.");
        }

        if (config.SealMode.Length > 0 && !SealModes.All.Contains(config.SealMode))
        {
            Error(
                path + ".SealMode",
                $"unknown seal mode: {config.SealMode}",
                Nearest(config.SealMode, SealModes.All) ?? $"Use one of: {string.Join(", ", SealModes.All)}; case matters.");
        }

        foreach ((int index, string feature) in config.FeatureGates
            .Index()
            .Where(gate => !FeatureGates.All.Contains(gate.Item, StringComparer.OrdinalIgnoreCase)))
        {
            Error(
                path + ".FeatureGates" + JsonPath.Index(index),
                $"unknown feature gate: {feature}",
                Nearest(feature, FeatureGates.All) ?? $"Known: {string.Join(", ", FeatureGates.All)}.");
        }

        CheckTrust(path, config);
        CheckRecoveryThreshold(path + ".RecoveryThreshold", config.RecoveryThreshold, (ulong)_manifest.RecoveryKeys.Count);
        CheckRevocationThreshold(path + ".RevocationThreshold", config.RevocationThreshold);
    }

    private void CheckRevocationThreshold(string path, ulong threshold)
    {
        string[][] revocable = [.. _manifest.Users.Values.Select(user => RevocableTypes(user).ToArray())];
        ulong users = (ulong)revocable.Count(types => types.Length > 0);
        if (users < threshold)
        {
            Error(
                path,
                $"not enough users with permission to revoke Marbles ({users}) to meet the threshold of {threshold}",
                "Lower the threshold, or give more users a role with the action RevokeMarble.");
            return;
        }

        foreach (IGrouping<string, string> type in revocable.SelectMany(types => types).GroupBy(type => type, StringComparer.Ordinal))
        {
            if ((ulong)type.Count() < threshold)
            {
                Warn(
                    path,
                    $"no Marble of type {type.Key} can be revoked: fewer users may do that ({type.Count()}) than the threshold of "
                    + $"{threshold}",
                    "Lower the threshold, or name the type in more roles with the action RevokeMarble.");
            }
        }
    }

    /// <summary>The Marble types whose Marbles a user may revoke, each once.</summary>
    private IEnumerable<string> RevocableTypes(UserDefinition user) =>
        user.Roles
            .Select(name => _manifest.Roles.GetValueOrDefault(name))
            .OfType<RoleDefinition>()
            .Where(role => role.ResourceType == ResourceTypes.Marbles && Has(role, RoleActions.RevokeMarble))
            .SelectMany(role => role.ResourceNames)
            .Distinct(StringComparer.Ordinal);

    private void CheckTrust(string path, ManifestConfig config)
    {
        if (!OverlapText.TryParse(config.TrustOverlap, out _))
        {
            Error(
                path + ".TrustOverlap",
                $"invalid trust overlap: {config.TrustOverlap}",
                "Use hours, minutes and seconds such as 24h or 1h30m, at most 168h; leave it out for no overlap.");
        }

        if (config.TrustDomain is { Length: > 0 } domain
            && (domain.Length > 255 || !domain.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_')))
        {
            Error(
                path + ".TrustDomain",
                $"invalid trust domain: {domain}",
                "Use lower-case letters, digits, \".\", \"-\" and \"_\", at most 255 characters, for instance mesh.example.org.");
        }
    }

    private void CheckRecoveryThreshold(string path, ulong threshold, ulong keys)
    {
        if (keys < threshold)
        {
            Error(
                path,
                $"not enough recovery keys ({keys}) defined to meet the recovery threshold of {threshold}",
                "Lower the threshold, or add keys to RecoveryKeys.");
        }

        if (threshold == 1)
        {
            Error(
                path,
                "invalid recovery threshold: if set, threshold must be at least 2",
                "Remove RecoveryThreshold so that all keys are required, or raise it.");
        }
    }

    private bool MayUpdateManifest(UserDefinition user) => user.Roles.Any(
        name => _manifest.Roles.TryGetValue(name, out RoleDefinition? role)
            && role.ResourceType == ResourceTypes.Manifest
            && Has(role, RoleActions.UpdateManifest));

    private void CheckRecoveryKeys()
    {
        var holders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string pem) in InOrder(_manifest.RecoveryKeys, "RecoveryKeys"))
        {
            string path = JsonPath.Of("RecoveryKeys", name);
            if (RefusePrivateKey(path, $"recovery key {name}", pem, ManifestStage.RecoveryKeys))
            {
                continue;
            }

            if (RecoveryKeyFault(pem, out byte[] key) is { } fault)
            {
                Error(
                    path,
                    fault,
                    $"Recovery key {name} must be an RSA public key, PEM with the label PUBLIC KEY, line breaks as \\n.",
                    ManifestStage.RecoveryKeys);
                continue;
            }

            WarnOfFurtherBlocks(path, $"recovery key {name}", pem);
            _recoveryKeys[name] = key;
            string identity = Convert.ToHexString(SHA256.HashData(key));
            if (!holders.TryAdd(identity, name))
            {
                Error(
                    path,
                    $"manifest contains the same recovery key for {holders[identity]} and {name}",
                    "Use a separate key for each party: one holder would have two shares.",
                    ManifestStage.RecoveryKeys);
            }
        }
    }

    /// <summary>
    /// Returns null for a usable key, and the key in one encoding, regardless of the text around it and its own encoding.
    /// </summary>
    private static string? RecoveryKeyFault(string pem, out byte[] subjectPublicKeyInfo)
    {
        subjectPublicKeyInfo = [];
        if (!PemBlock.TryFind(pem, out string? label, out byte[]? content) || label != "PUBLIC KEY")
        {
            return "given PEM data is not a public key";
        }

        try
        {
            var key = PublicKey.CreateFromSubjectPublicKeyInfo(content, out _);
            using RSA? rsa = key.GetRSAPublicKey();
            if (rsa is null)
            {
                return "unsupported type of public key";
            }

            subjectPublicKeyInfo = rsa.ExportSubjectPublicKeyInfo();
            return (ulong)rsa.KeySize < ShortestRsaKey ? RsaKeyTooShort((ulong)rsa.KeySize)
                : rsa.KeySize > LongestRecoveryKey
                    ? $"the RSA key has {rsa.KeySize} bits; a recovery key has {ShortestRsaKey} to {LongestRecoveryKey}"
                : null;
        }
        catch (CryptographicException)
        {
            return "x509: malformed public key";
        }
    }
}
