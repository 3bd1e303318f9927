using MarbleRun.Attestation;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Checks the code that may act as the Coordinator. What is only a warning in packages, because MarbleRun 1.9 accepts it, is an error here:
/// this code gets the keys of the whole mesh.
/// </summary>
internal sealed partial class ManifestChecks
{
    private void CheckCoordinators()
    {
        string section = JsonPath.Of("Coordinators");
        if (_manifest.Coordinators.Count > Manifest.MaxCoordinators)
        {
            Error(
                section,
                $"manifest lists {_manifest.Coordinators.Count} Coordinators, at most {Manifest.MaxCoordinators} are allowed",
                "Remove those that do not run any more.");
        }

        if (!_manifest.Coordinators.IsEmpty && _manifest.Source.TextLength > Manifest.MaxLengthWithCoordinators)
        {
            Error(
                section,
                $"a manifest that lists Coordinators has at most {Manifest.MaxLengthWithCoordinators} bytes, and this one has "
                + $"{_manifest.Source.TextLength}: every Marble that watches the trust of the mesh gets it",
                "Remove Coordinators, or make the manifest shorter: large files belong into the Marbles' images or user-defined secrets.");
        }

        WarnOfSealing(section);
        foreach ((string name, PackageProperties package) in InOrder(_manifest.Coordinators, "Coordinators"))
        {
            CheckCoordinator(name, JsonPath.Of("Coordinators", name), package);
        }
    }

    /// <summary>A Coordinator that is listed is of use only if it can open the state of the one before it.</summary>
    private void WarnOfSealing(string section)
    {
        if (_manifest.Coordinators.IsEmpty)
        {
            return;
        }

        if (_manifest.Config.SealMode == SealModes.Disabled)
        {
            Warn(
                section,
                "the state is kept in memory only (Config.SealMode), so no other Coordinator can continue the deployment",
                "Use another SealMode, or remove Coordinators.");
        }
        else if (_manifest.Config.SealMode == SealModes.UniqueKey && _manifest.RecoveryKeys.IsEmpty)
        {
            Warn(
                section,
                "the state is sealed for one build of the Coordinator (Config.SealMode) and there are no recovery keys, so no other "
                + "Coordinator can continue the deployment",
                "Add RecoveryKeys, use the SealMode ProductKey, or remove Coordinators.");
        }
    }

    private void CheckCoordinator(string name, string path, PackageProperties package)
    {
        const string What = "Coordinator";
        if (package.Debug)
        {
            Error(
                path + ".Debug",
                $"Coordinator {name} is in debug mode: anyone who controls its machine can read the keys of the mesh",
                "Remove Debug, and use the production build of the Coordinator.");
        }

        CheckCode(What, name, path, package);
        if (package.Tdx is { PinsCode: true, PinsSystem: false })
        {
            Error(
                path + ".Tdx",
                $"manifest misses value for Tdx.RTMR1 or Tdx.RTMR2 in Coordinator {name}",
                "Add both: MRTD measures only the firmware, so any kernel, command line and initial RAM disk would be accepted.");
        }

        CheckSixteenBits(What, path, name, "ProductID", package.ProductId);
        CheckSixteenBits(What, path, name, "SecurityVersion", package.SecurityVersion);
        CheckMeasurement(path, "UniqueID", package.UniqueId, Fail);
        CheckMeasurement(path, "SignerID", package.SignerId, Fail);
        CheckLists(path, package, Fail);
        CheckPlatform(path, package);
    }
}
