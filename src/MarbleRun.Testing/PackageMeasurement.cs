using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;

namespace MarbleRun.Testing;

/// <summary>Creates a measurement of the code that a package of the manifest requires; open properties get defaults.</summary>
internal static class PackageMeasurement
{
    /// <summary>
    /// Returns the package of a Marble type; an empty package if the manifest has no such type, so that the Coordinator refuses it.
    /// </summary>
    public static PackageProperties Find(Manifest manifest, string marbleType) =>
        manifest.Marbles.TryGetValue(marbleType, out MarbleDefinition? marble)
        && manifest.Packages.TryGetValue(marble.Package, out PackageProperties? package)
            ? package
            : new PackageProperties();

    /// <summary>Creates the measurement of SGX code.</summary>
    public static AppMeasurement OfEnclave(PackageProperties package, SimulationPlatform platform, string marbleType) => new()
    {
        UniqueId = NotEmpty(package.UniqueId)
            ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"MarbleRun.Testing: the code of '{marbleType}'"))),
        SignerId = NotEmpty(package.SignerId) ?? platform.SignerId,
        ProductId = Number(package.ProductId, "ProductID", marbleType),
        SecurityVersion = Number(package.SecurityVersion, "SecurityVersion", marbleType),
    };

    /// <summary>Whether the package requires a TD, and no enclave.</summary>
    public static bool AsksForTd(PackageProperties package) => !NamesEnclave(package) && package.Tdx is not null;

    /// <summary>Creates the measurement of a TD.</summary>
    public static TdMeasurement OfTd(TdxProperties tdx)
    {
        var zeros = new string('0', 96);
        return new TdMeasurement
        {
            MrTd = NotEmpty(tdx.MrTd) ?? zeros,
            Rtmr0 = NotEmpty(tdx.Rtmr0) ?? zeros,
            Rtmr1 = NotEmpty(tdx.Rtmr1) ?? zeros,
            Rtmr2 = NotEmpty(tdx.Rtmr2) ?? zeros,
            Rtmr3 = NotEmpty(tdx.Rtmr3) ?? zeros,
        };
    }

    /// <exception cref="NotSupportedException">The package specifies only a machine of AMD SEV-SNP.</exception>
    public static void ThrowIfNotSimulated(PackageProperties package, string marbleType)
    {
        if (!NamesEnclave(package) && package.Tdx is null && package.Snp is not null)
        {
            throw new NotSupportedException(
                $"The package of Marble type '{marbleType}' specifies only a machine of AMD SEV-SNP, which cannot be simulated. "
                + "Add a UniqueID, or a SignerID, ProductID and SecurityVersion, to the package; either code satisfies it.");
        }
    }

    private static bool NamesEnclave(PackageProperties package) =>
        NotEmpty(package.UniqueId) is not null
        || NotEmpty(package.SignerId) is not null
        || package.ProductId is not null
        || package.SecurityVersion is not null;

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static ushort Number(ulong? value, string member, string marbleType) => value switch
    {
        null => 1,
        <= ushort.MaxValue => (ushort)value,
        _ => throw new NotSupportedException(
            $"The package of Marble type '{marbleType}' has {member} {value}, but a quote has 16 bits for it. Use a number from 0 to "
            + $"{ushort.MaxValue}."),
    };
}
