namespace MarbleRun.Activation;

/// <summary>What must hold of the trust in the Coordinator before anything is sent to it.</summary>
internal static class TrustRules
{
    private const string Nothing =
        "It is not said which Coordinator this Marble obeys, and whoever answers could give it files, variables and a false identity. "
        + "Say it in code (MarbleOptions.CoordinatorTrust) or in the project, so that it is measured, in one of these ways: "
        + "(1) pin the deployment by SHA-256 of the Coordinator's root certificate: CoordinatorTrust.PinRoots, or \"Roots\" in marble-trust.json; "
        + "(2) let the Coordinator attest itself, and take a manifest that its owner signed: CoordinatorTrust.Attested, or \"Packages\" and \"OwnerKeys\" there; "
        + "(3) for experiments, trust whatever answers, with a warning at each start: CoordinatorTrust.None, or "
        + "<MarbleCoordinatorTrust>None</MarbleCoordinatorTrust>. Configuration and environment are the host's, and can only add requirements.";

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
            yield return $"'{root}' is no SHA-256 of a root certificate: set Marble:CoordinatorRequirements:Roots to 64 hex digits each.";
        }

        foreach (string complaint in CheckAttestation(trust, options))
        {
            yield return complaint;
        }

        if (trust.Roots.Length > 0 && options.CoordinatorRequirements.Roots.Count > 0 && !RequiredRoots(options).Intersect(trust.Roots).Any())
        {
            yield return "No Coordinator can satisfy both: Marble:CoordinatorRequirements:Roots has none of the roots that the measured trust pins "
                + $"({string.Join(", ", trust.Roots)}). Requirements are asked for as well; they cannot replace the measured trust.";
        }
    }

    private static IEnumerable<string> CheckAttestation(CoordinatorTrust trust, MarbleOptions options)
    {
        CoordinatorRequirements required = options.CoordinatorRequirements;
        foreach (string key in required.OwnerKeys.Where(k => !CoordinatorTrust.TryReadFingerprint(k, out _)))
        {
            yield return $"'{key}' is no SHA-256 of an owner's public key: set Marble:CoordinatorRequirements:OwnerKeys to 64 hex digits each.";
        }

        if (required.MinimumSequence < 0)
        {
            yield return $"The lowest sequence is {required.MinimumSequence}: set Marble:CoordinatorRequirements:MinimumSequence to 0 or more.";
        }

        if (trust.Packages.IsEmpty)
        {
            if (required.OwnerKeys.Count > 0 || required.MinimumSequence > 0)
            {
                yield return "Marble:CoordinatorRequirements asks for an owner's signature, but the measured trust does not let the Coordinator attest its manifest. "
                    + "Add \"Packages\" to what is measured, or remove OwnerKeys and MinimumSequence from the requirements.";
            }

            yield break;
        }

        if (options.Simulation && !TrustVerifier.AllowsSimulation(trust, options))
        {
            yield return "This process is to attest by the simulation (OE_SIMULATION or Marble:Simulation), whose Coordinator has simulated evidence, too, and the trust does not "
                + "take that. Start it on hardware; or for development build it with CoordinatorTrust.WithSimulation(), or \"AllowSimulation\": true in marble-trust.json.";
        }

        if (!string.IsNullOrEmpty(options.CoordinatorClientAddress) && !CoordinatorAddress.TryParse(options.CoordinatorClientAddress, out _))
        {
            yield return $"'{options.CoordinatorClientAddress}' is no Coordinator address: set Marble:CoordinatorClientAddress to host:port.";
        }

        foreach (string complaint in CollateralSource.Check(options.Collateral))
        {
            yield return complaint;
        }
    }

    /// <summary>The roots that the host asks for, as <see cref="CoordinatorTrust.Roots"/> writes them.</summary>
    public static IEnumerable<string> RequiredRoots(MarbleOptions options) =>
        options.CoordinatorRequirements.Roots.Select(r => CoordinatorTrust.TryReadFingerprint(r, out string fingerprint) ? fingerprint : string.Empty);
}
