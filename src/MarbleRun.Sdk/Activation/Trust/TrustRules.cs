using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Activation.Trust;

/// <summary>Validates the trust in the Coordinator before anything is sent to it.</summary>
internal static class TrustRules
{
    private const string Nothing =
        "The Coordinator that this Marble trusts is not specified, and any server that answers could give it files, variables and a false "
        + "identity. Specify it in code (MarbleOptions.CoordinatorTrust) or in the project, so that it is measured, in one of these ways: "
        + "(1) pin the deployment by SHA-256 of the Coordinator's root certificate: CoordinatorTrust.PinRoots, or \"Roots\" in "
        + "marble-trust.json; (2) let the Coordinator attest itself, and accept a manifest that its owner signed: "
        + "CoordinatorTrust.Attested, or \"Packages\" and \"OwnerKeys\" there; (3) for experiments, trust any server that answers, with a "
        + "warning at each start: CoordinatorTrust.None, or <MarbleCoordinatorTrust>None</MarbleCoordinatorTrust>. The host controls "
        + "configuration and environment; they can only add requirements.";

    public static IEnumerable<string> Check(MarbleOptions options)
    {
        if (options.IsActivated)
        {
            yield break;
        }

        CoordinatorTrust? trust = null;
        string? fault = null;
        try
        {
            trust = MeasuredTrust.Find(options);
        }
        catch (FormatException e)
        {
            fault = e.Message;
        }

        if (fault is not null || trust is null)
        {
            yield return fault ?? Nothing;
            yield break;
        }

        foreach (string root in options.CoordinatorRequirements.Roots.Where(r => !CoordinatorTrust.TryReadFingerprint(r, out _)))
        {
            yield return $"'{root}' is not the SHA-256 of a root certificate: set Marble:CoordinatorRequirements:Roots to 64 hex digits "
                + $"each.";
        }

        foreach (string complaint in CheckAttestation(trust, options))
        {
            yield return complaint;
        }

        if (trust.Roots.Count > 0
            && options.CoordinatorRequirements.Roots.Count > 0
            && !RequiredRoots(options).Intersect(trust.Roots).Any())
        {
            yield return "No Coordinator can satisfy both: Marble:CoordinatorRequirements:Roots contains no root that the measured trust "
                + $"pins ({string.Join(", ", trust.Roots)}). Requirements are additional; they cannot replace the measured trust.";
        }
    }

    private static IEnumerable<string> CheckAttestation(CoordinatorTrust trust, MarbleOptions options)
    {
        CoordinatorRequirements required = options.CoordinatorRequirements;
        foreach (string key in required.OwnerKeys.Where(k => !CoordinatorTrust.TryReadFingerprint(k, out _)))
        {
            yield return $"'{key}' is not the SHA-256 of an owner's public key: set Marble:CoordinatorRequirements:OwnerKeys to 64 hex "
                + $"digits each.";
        }

        if (required.MinimumSequence is < 0 or > (long)ManifestSignature.MaxSequence)
        {
            yield return $"The lowest sequence is {required.MinimumSequence}: set Marble:CoordinatorRequirements:MinimumSequence to a "
                + $"number from 0 to {ManifestSignature.MaxSequence}.";
        }

        if (trust.Packages.Count == 0)
        {
            if (required.OwnerKeys.Count > 0 || required.MinimumSequence > 0)
            {
                yield return "Marble:CoordinatorRequirements requires an owner's signature, but the measured trust does not let the "
                    + "Coordinator attest its manifest. Add \"Packages\" to the measured trust, or remove OwnerKeys and MinimumSequence "
                    + "from the requirements.";
            }

            yield break;
        }

        if (options.Simulation && !TrustVerifier.AllowsSimulation(trust, options))
        {
            yield return "This process attests by simulation (OE_SIMULATION or Marble:Simulation). A simulated Coordinator has simulated "
                + "evidence, which the trust does not accept. Start it on hardware; or for development build it with "
                + "CoordinatorTrust.WithSimulation(), or \"AllowSimulation\": true in marble-trust.json.";
        }

        if (!string.IsNullOrEmpty(options.CoordinatorClientAddress)
            && !CoordinatorAddress.TryParse(options.CoordinatorClientAddress, out _))
        {
            yield return $"'{options.CoordinatorClientAddress}' is not a Coordinator address: set Marble:CoordinatorClientAddress to "
                + $"host:port.";
        }

        foreach (string complaint in CollateralSource.Check(options.Collateral))
        {
            yield return complaint;
        }
    }

    /// <summary>The roots that the host requires, in the form of <see cref="CoordinatorTrust.Roots"/>.</summary>
    public static IEnumerable<string> RequiredRoots(MarbleOptions options) =>
        options.CoordinatorRequirements.Roots.Select(
            r => CoordinatorTrust.TryReadFingerprint(r, out string fingerprint) ? fingerprint : string.Empty);
}
