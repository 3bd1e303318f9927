using Grpc.Core;

namespace MarbleRun.Activation;

/// <summary>
/// The remedies for refusals. A Coordinator reports its reasons with the reference's texts, which are matched here; each has its own
/// remedy.
/// </summary>
internal static class ActivationRefusal
{
    private const string SecretMissing = "tried to parse secret with empty value";

    private const string Other = "The Coordinator's log has the details.";

    private static readonly (string Words, string Remedy)[] s_remedies =
    [
        ("unknown marble type requested",
            "Set EDG_MARBLE_TYPE or Marble:MarbleType to a name under Marbles in the manifest, or add this one."),
        ("undefined package", "Add the package to Packages in the manifest, or set this type's Package to one that exists."),
        ("reached max activations count", "Raise MaxActivations of this type in the manifest; restarts count too."),
        ("collateral missing", "The Coordinator does not have the platform vendor's collateral: "
            + "set a source for it in Coordinator:Attestation (PccsUrl, KdsUrl or BundlePath)."),
        ("tcbinfo.",
            "Renew the collateral that the Coordinator uses, and compare the clock of its machine; its log has the check that failed."),
        ("collateral",
            "Renew the collateral that the Coordinator uses, and compare the clock of its machine; its log has the check that failed."),
        ("chain.root",
            "The quote ends at a root that the Coordinator does not trust. In simulation both must have the same development root: set "
                + "MARBLERUN_SIMULATION_DIR to the same folder for both. A simulated Coordinator accepts only simulated quotes, and a "
                + "Coordinator on hardware accepts only hardware quotes."),
        ("package.debug",
            "The code runs in debug mode: start it without debug mode, or set Debug on its package in the manifest for development."),
        ("package.", "This code is not the code that the package in the manifest allows: update the package from the build "
            + "(marblerun-package.json in the publish folder), "
            + "or start the code that the manifest names."),
        ("platform.", "The manifest does not admit this machine: compare Platforms and Snp of the package."),
        ("invalid infrastructure",
            "The manifest does not admit this machine: compare its Infrastructures with the values in the Coordinator's log."),
        ("tcb.",
            "The platform does not have the patches that the package requires: update it, or list its status in AcceptedTCBStatuses; the "
            + "Coordinator's log has advisories."),
        ("invalid quote", "The Coordinator's log has each check of the quote with its remedy."),
        ("does not allow", "Set EDG_MARBLE_DNS_NAMES or Marble:DnsNames to names in AllowedDNSNames of this type, or add them to it."),
        ("invalid UUID",
            "Write a UUID to the file that EDG_MARBLE_UUID_FILE or Marble:UuidFile names, or delete it to start as a new instance."),
        (SecretMissing,
            "Upload the secret that the reason names, as a user whose role has WriteSecret on it, and start this Marble again."),
        ("customizing marble parameters",
            "Correct the template that the reason names in this type's Parameters, or the value of the secret in it."),
        ("creating TTLS config", "Correct the TLS tags of this type in the manifest, or upload the certificate that they name."),
    ];

    /// <summary>Whether a template of this type needs a user-defined secret that is missing: it may be uploaded at any time.</summary>
    public static bool WaitsForSecret(RpcException failure) =>
        failure.StatusCode == StatusCode.Internal && failure.Status.Detail.Contains(SecretMissing, StringComparison.Ordinal);

    /// <summary>Returns the remedy.</summary>
    /// <param name="detail">The Coordinator's text of the reason.</param>
    public static string RemedyOf(string detail) =>
        s_remedies.FirstOrDefault(r => detail.Contains(r.Words, StringComparison.OrdinalIgnoreCase)).Remedy ?? Other;
}
