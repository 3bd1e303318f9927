namespace MarbleRun.Activation;

/// <summary>What must hold of the trust in the Coordinator before anything is sent to it.</summary>
internal static class TrustRules
{
    private const string Nothing =
        "It is not said which Coordinator this Marble obeys, and whoever answers could give it files, variables and a false identity. "
        + "Say it in code (MarbleOptions.CoordinatorTrust) or in the project, so that it is measured, in one of these ways: "
        + "(1) pin the deployment by SHA-256 of the Coordinator's root certificate: CoordinatorTrust.PinRoots, or \"Roots\" in marble-trust.json; "
        + "(2) for experiments, trust whatever answers, with a warning at each start: CoordinatorTrust.None, or "
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

        if (trust.Roots.Length > 0 && options.CoordinatorRequirements.Roots.Count > 0 && !RequiredRoots(options).Intersect(trust.Roots).Any())
        {
            yield return "No Coordinator can satisfy both: Marble:CoordinatorRequirements:Roots has none of the roots that the measured trust pins "
                + $"({string.Join(", ", trust.Roots)}). Requirements are asked for as well; they cannot replace the measured trust.";
        }
    }

    /// <summary>The roots that the host asks for, as <see cref="CoordinatorTrust.Roots"/> writes them.</summary>
    public static IEnumerable<string> RequiredRoots(MarbleOptions options) =>
        options.CoordinatorRequirements.Roots.Select(r => CoordinatorTrust.TryReadFingerprint(r, out string fingerprint) ? fingerprint : string.Empty);
}
