using System.Text.RegularExpressions;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks for packages that nothing can match, used or not, and warns about packages.</summary>
internal sealed partial class ManifestChecks
{
    private const int MeasurementDigits = 64;

    private void CheckPackages()
    {
        var used = _manifest.Marbles.Values.SelectMany(marble => marble.AllPackages).ToHashSet(StringComparer.Ordinal);
        foreach ((string name, PackageProperties package) in InOrder(_manifest.Packages, "Packages"))
        {
            string path = JsonPath.Of("Packages", name);
            if (used.Contains(name))
            {
                WarnOfDebug(name, path, package);
            }
            else if (!_manifest.IsPackageUpdate)
            {
                Warn(path, $"package {name} is not used by any Marble, and therefore not checked", "Use it in a Marble, or remove it.");
            }

            CheckSixteenBits("package", path, name, "ProductID", package.ProductId);
            CheckSixteenBits("package", path, name, "SecurityVersion", package.SecurityVersion);
            CheckMeasurement(path, "UniqueID", package.UniqueId, Warn);
            CheckMeasurement(path, "SignerID", package.SignerId, Warn);
            CheckLists(path, package, Warn);
        }
    }

    /// <summary>Reports a list that has an item which no evidence satisfies: MarbleRun 1.9 accepts any texts in packages.</summary>
    private void CheckLists(string path, PackageProperties package, Action<string, string, string?> report)
    {
        foreach ((int index, string status) in package.AcceptedTcbStatuses
            .Index()
            .Where(status => !TcbStatuses.Acceptable.Contains(status.Item)))
        {
            bool isKnown = Enum.GetNames<TcbStatus>().Contains(status);
            report(
                path + ".AcceptedTCBStatuses" + JsonPath.Index(index),
                isKnown ? $"TCB status {status} is always refused, regardless of the list" : $"unknown TCB status {status} never matches",
                (isKnown ? null : Nearest(status, TcbStatuses.Acceptable))
                ?? $"Known: {string.Join(", ", TcbStatuses.Acceptable)}; case matters.");
        }

        foreach ((int index, string advisory) in package.AcceptedAdvisories
            .Index()
            .Where(advisory => !AdvisoryText().IsMatch(advisory.Item)))
        {
            report(
                path + ".AcceptedAdvisories" + JsonPath.Index(index),
                $"{advisory} is not an Intel advisory, so it never matches",
                "Use Intel's notation: INTEL-SA-00615.");
        }
    }

    [GeneratedRegex(@"^INTEL-SA-[0-9]{5}\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AdvisoryText();

    private void WarnOfDebug(string name, string path, PackageProperties package)
    {
        if (!package.Debug || (!package.NamesSgx && (package.Tdx is not null || package.Snp is not null)))
        {
            return;
        }

        (string Member, bool Given)[] triple = SignerTriple(package);
        if (!string.IsNullOrEmpty(package.UniqueId))
        {
            if (triple.Any(item => item.Given))
            {
                Warn(
                    path,
                    "Manifest specifies UniqueID *and* SignerID/ProductID/SecurityVersion. "
                    + "This is not accepted in non-debug mode, please check your configuration.",
                    $"Package {name} is for debug enclaves only.");
            }

            return;
        }

        foreach ((string member, bool given) in triple)
        {
            if (!given)
            {
                Warn(
                    $"{path}.{member}",
                    "Manifest misses value in package declaration. This is not accepted in non-debug mode, please check your "
                    + "configuration.",
                    $"Add {member} to package {name} before it goes into production.");
            }
        }
    }

    /// <summary>
    /// ISVPRODID and ISVSVN of an SGX report have 16 bits (Intel SDM, vol. 3D, REPORT). A higher version could not even be lowered again:
    /// that is a downgrade.
    /// </summary>
    private void CheckSixteenBits(string what, string path, string name, string member, ulong? value)
    {
        if (value > ushort.MaxValue)
        {
            Error(
                $"{path}.{member}",
                $"{member} {value} of {what} {name} is above {ushort.MaxValue}: an SGX report has 16 bits for it, so no enclave will "
                + $"ever match",
                $"Use a number from 0 to {ushort.MaxValue}.");
        }
    }

    private static void CheckMeasurement(string path, string member, string? value, Action<string, string, string?> report)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (value.Length != MeasurementDigits || !value.All(char.IsAsciiHexDigit))
        {
            report(
                $"{path}.{member}",
                $"{member} does not consist of {MeasurementDigits} hexadecimal digits, so no enclave ever matches",
                "Write the 32 bytes of the measurement as hex, without 0x and spaces.");
        }
        else if (value.All(digit => digit == value[0]) && value[0] is '0' or 'f' or 'F')
        {
            report(
                $"{path}.{member}",
                $"{member} is a placeholder, not a hash, so no enclave ever matches",
                "Use the measurement that the signing tool prints.");
        }
    }
}
