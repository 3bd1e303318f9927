using MarbleRun.Attestation;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>The rules of updates that raise security versions of packages and nothing else.</summary>
internal static class PackageUpdate
{
    /// <summary>The new versions by package.</summary>
    /// <exception cref="ManifestRefusedException">The user may not do it, or the update asks for more than that.</exception>
    public static IReadOnlyDictionary<string, ulong> Check(CoordinatorState state, MeshUser user, Manifest update)
    {
        if (!user.May(RoleActions.UpdateSecurityVersion, update.Packages.Keys))
        {
            throw new ManifestRefusedException(
                $"user {user.Name} is not allowed to update one or more packages of [{string.Join(' ', update.Packages.Keys)}]");
        }

        Require(!update.Packages.IsEmpty, "no packages defined");
        return update.Packages.ToDictionary(p => p.Key, p => Check(state.FindPackage(p.Key), p.Value), StringComparer.Ordinal);
    }

    private static ulong Check(PackageProperties? current, PackageProperties update)
    {
        Require(current is not null, "update manifest specifies a package which the original manifest does not contain");
        Require(
            update is { Debug: false, ProductId: null, Tdx: null, Snp: null, Platforms: null }
            && string.IsNullOrEmpty(update.UniqueId)
            && string.IsNullOrEmpty(update.SignerId),
            "update manifest contains unupdatable values");
        Require(update.SecurityVersion is not null, "update manifest does not specify a SecurityVersion to update");

        // A version alone names SGX code of anybody: beside a TD or a SEV-SNP machine it would let that in.
        Require(
            current!.SecurityVersion is not null
            || !string.IsNullOrEmpty(current.UniqueId)
            || !string.IsNullOrEmpty(current.SignerId)
            || current is { Tdx: null, Snp: null },
            "update manifest specifies a SecurityVersion for a package that names no SGX code");
        Require(
            current.SecurityVersion is not { } version || update.SecurityVersion >= version,
            "update manifest tries to downgrade SecurityVersion of the original manifest");
        Require(
            update.SecurityVersion <= ushort.MaxValue,
            $"SecurityVersion {update.SecurityVersion} is above {ushort.MaxValue}: an SGX report has 16 bits for it, so no enclave would "
            + $"ever match");
        return update.SecurityVersion!.Value;
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new ManifestRefusedException($"checking update manifest: {fault}");
        }
    }
}
