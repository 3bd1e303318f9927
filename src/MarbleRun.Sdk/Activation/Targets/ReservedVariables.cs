namespace MarbleRun.Activation.Targets;

/// <summary>The environment variables that every activation reply contains, PEM, and the variable of the TTLS policy.</summary>
internal static class ReservedVariables
{
    public const string MarbleRoot = "MARBLE_PREDEFINED_ROOT_CA";
    public const string CertificateChain = "MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN";
    public const string PrivateKey = "MARBLE_PREDEFINED_PRIVATE_KEY";
    public const string CoordinatorRoot = "MARBLE_PREDEFINED_COORDINATOR_ROOT_CA";
    public const string TtlsPolicy = "MARBLE_TTLS_CONFIG";

    /// <summary>Whether the Coordinator itself sets this variable, and not the manifest.</summary>
    public static bool Has(string name) => name is MarbleRoot or CertificateChain or PrivateKey or CoordinatorRoot or TtlsPolicy;
}
