using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// How the root of a simulation is recognised, so that a verdict can say more than "untrusted". Its name alone is never trusted.
/// </summary>
internal static class DevelopmentRoot
{
    public const string CommonName = "MarbleRun Development SGX Root CA";

    public static bool Is(Certificate root) => root.SubjectText == CommonName;
}
