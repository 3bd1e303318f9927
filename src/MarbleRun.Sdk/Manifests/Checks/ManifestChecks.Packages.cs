using System.Text.RegularExpressions;
using MarbleRun.Attestation;

namespace MarbleRun.Manifests.Checks;

/// <summary>Warnings about packages.</summary>
internal sealed partial class ManifestChecks
{
    private const int MeasurementDigits = 64;

    private void WarnOfPackages()
    {
        var used = _manifest.Marbles.Values.Select(marble => marble.Package).ToHashSet(StringComparer.Ordinal);
        foreach ((string name, PackageProperties package) in InOrder(_manifest.Packages, "Packages"))
        {
            string path = JsonPath.Of("Packages", name);
            if (used.Contains(name))
            {
                WarnOfDebug(name, path, package);
            }
            else if (!_manifest.IsPackageUpdate)
            {
                Warn(path, $"package {name} is not used by any Marble, and therefore not checked", "Name it in a Marble, or remove it.");
            }

            WarnOfMeasurement(path, "UniqueID", package.UniqueId);
            WarnOfMeasurement(path, "SignerID", package.SignerId);
            WarnOfLists(path, package);
        }
    }

    private void WarnOfLists(string path, PackageProperties package)
    {
        foreach ((int index, string status) in package.AcceptedTcbStatuses.Index().Where(status => !TcbStatuses.Acceptable.Contains(status.Item)))
        {
            bool isKnown = Enum.GetNames<TcbStatus>().Contains(status);
            Warn(
                path + ".AcceptedTCBStatuses" + JsonPath.Index(index),
                isKnown ? $"TCB status {status} is refused whatever the list says" : $"unknown TCB status {status} never matches",
                (isKnown ? null : Nearest(status, TcbStatuses.Acceptable)) ?? $"Known: {string.Join(", ", TcbStatuses.Acceptable)}; case matters.");
        }

        foreach ((int index, string advisory) in package.AcceptedAdvisories.Index().Where(advisory => !AdvisoryText().IsMatch(advisory.Item)))
        {
            Warn(
                path + ".AcceptedAdvisories" + JsonPath.Index(index),
                $"{advisory} is no advisory of Intel, so it never matches",
                "Write its number as Intel does: INTEL-SA-00615.");
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
                    "Manifest misses value in package declaration. This is not accepted in non-debug mode, please check your configuration.",
                    $"Add {member} to package {name} before it goes into production.");
            }
        }
    }

    private void WarnOfMeasurement(string path, string member, string? value)
    {
        if (!string.IsNullOrEmpty(value) && (value.Length != MeasurementDigits || !value.All(char.IsAsciiHexDigit)))
        {
            Warn(
                $"{path}.{member}",
                $"{member} is not made of {MeasurementDigits} hexadecimal digits, so no enclave will ever match",
                "Write the 32 bytes of the measurement as hex, without 0x and blanks.");
        }
    }
}
