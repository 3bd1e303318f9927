using MarbleRun.Attestation;

namespace MarbleRun.Manifests.Checks;

/// <summary>Warnings about packages.</summary>
internal sealed partial class ManifestChecks
{
    private const int MeasurementDigits = 64;

    private static readonly string[] s_tcbStatuses =
        [.. Enum.GetValues<TcbStatus>().Where(status => status is not (TcbStatus.Unknown or TcbStatus.NotSupported)).Select(status => status.ToString())];

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
            if (package.AcceptedTcbStatuses.Contains(nameof(TcbStatus.Revoked)))
            {
                Warn(path + ".AcceptedTCBStatuses", "TCB status Revoked is refused whatever the list says", "Remove it: nobody can vouch for such a platform.");
            }

            foreach (string status in package.AcceptedTcbStatuses.Where(status => !s_tcbStatuses.Contains(status)))
            {
                Warn(
                    path + ".AcceptedTCBStatuses",
                    $"unknown TCB status {status} never matches",
                    Nearest(status, s_tcbStatuses) ?? $"Known: {string.Join(", ", s_tcbStatuses)}; case matters.");
            }
        }
    }

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
