using Grpc.Core;

namespace MarbleRun.Activation;

/// <summary>What to do about a refusal. A Coordinator tells its reasons in the reference's words, which are matched here; each has its own remedy.</summary>
internal static class ActivationRefusal
{
    private const string SecretMissing = "tried to parse secret with empty value";

    private const string Other = "The Coordinator's log has the details.";

    private static readonly (string Words, string Remedy)[] s_remedies =
    [
        ("unknown marble type requested", "Set EDG_MARBLE_TYPE or Marble:MarbleType to a name under Marbles in the manifest, or add this one."),
        ("undefined package", "Add the package to Packages in the manifest, or let this type's Package name one that is there."),
        ("reached max activations count", "Raise MaxActivations of this type in the manifest; restarts count, too."),
        ("collateral missing", "The Coordinator lacks the platform vendor's collateral: let Coordinator:Attestation name a source of it (PccsUrl, KdsUrl or BundlePath)."),
        ("tcbinfo.", "Renew the collateral that the Coordinator uses, and compare the clock of its machine; its log has the check that failed."),
        ("collateral", "Renew the collateral that the Coordinator uses, and compare the clock of its machine; its log has the check that failed."),
        ("chain.root", "The quote ends at a root that the Coordinator does not trust. In simulation both must have one development root: set "
            + "MARBLERUN_SIMULATION_DIR to the same folder for both. A Coordinator in simulation takes no quotes of hardware, and another takes none of simulation."),
        ("package.debug", "The code runs in debug mode: start it without, or let its package in the manifest say Debug for development."),
        ("package.", "Other code runs here than the package in the manifest allows: update the package from what was built (marblerun-package.json beside what is published), "
            + "or start what the manifest names."),
        ("platform.", "The manifest does not let this machine take part: compare Platforms and Snp of the package."),
        ("invalid infrastructure", "The manifest does not let this machine take part: compare its Infrastructures with the Coordinator's log, which has the values."),
        ("tcb.", "The platform is not patched as the package asks: update it, or list its status in AcceptedTCBStatuses; the Coordinator's log has advisories."),
        ("invalid quote", "The Coordinator's log has each check of the quote with its remedy."),
        ("does not allow", "Set EDG_MARBLE_DNS_NAMES or Marble:DnsNames to names that AllowedDNSNames of this type has, or add them there."),
        ("invalid UUID", "Put a UUID into the file that EDG_MARBLE_UUID_FILE or Marble:UuidFile names, or delete it to start as a new instance."),
        (SecretMissing, "Upload the secret that the reason names, as a user whose role has WriteSecret on it, and start this Marble again."),
        ("customizing marble parameters", "Correct the template that the reason names in this type's Parameters, or the value of the secret in it."),
        ("creating TTLS config", "Correct the TLS tags of this type in the manifest, or upload the certificate that they name."),
    ];

    /// <summary>Whether a user's secret is missing that a template of this type needs: it may be uploaded any moment.</summary>
    public static bool WaitsForSecret(RpcException failure) =>
        failure.StatusCode == StatusCode.Internal && failure.Status.Detail.Contains(SecretMissing, StringComparison.Ordinal);

    /// <summary>What to do.</summary>
    /// <param name="detail">The reason as the Coordinator words it.</param>
    public static string RemedyOf(string detail) =>
        s_remedies.FirstOrDefault(r => detail.Contains(r.Words, StringComparison.OrdinalIgnoreCase)).Remedy ?? Other;
}
