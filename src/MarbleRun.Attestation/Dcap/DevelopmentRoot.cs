using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Recognises the root of a simulation, so that a verdict can give a better reason than "untrusted". The name alone is never trusted.
/// </summary>
internal static class DevelopmentRoot
{
    public const string CommonName = "MarbleRun Development SGX Root CA";

    public static bool Is(Certificate root) => root.SubjectText == CommonName;
}
