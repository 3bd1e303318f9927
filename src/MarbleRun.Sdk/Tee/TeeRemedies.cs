namespace MarbleRun.Tee;

/// <summary>What to do about each status.</summary>
internal static class TeeRemedies
{
    /// <summary>The words of the native library, and the remedy.</summary>
    public static string Describe(TeeStatus status, string words)
    {
        string what = words.Length > 0 ? words : "no details";
        string? remedy = Find(status);
        return remedy is null ? $"The trusted execution environment: {what}." : $"The trusted execution environment: {what}. {remedy}";
    }

    private static string? Find(TeeStatus status) => status switch
    {
        TeeStatus.NotFound =>
            "Start the process in a trusted execution environment: under Gramine with SGX, or in a TDX or SEV-SNP machine with Linux 6.7 "
            + "or later.",
        TeeStatus.PermissionDenied =>
            "Only root, or a process with CAP_DAC_OVERRIDE, gets evidence from Linux. Start the service with that capability.",
        TeeStatus.Busy => "Another program keeps the platform busy. Try again; if it stays so, restart the host's quoting service.",
        TeeStatus.TimedOut => "Ask the operator of the host whether its quoting service (QGS) runs.",
        TeeStatus.Conflict => "Another process with root's rights wrote to this request. Find it: no other program needs to.",
        TeeStatus.InvalidAnswer =>
            "The evidence is not used. Check that the kernel's own interface is mounted there and nothing that imitates it.",
        TeeStatus.Unsupported => "Use a platform that offers it, or configure it differently.",
        _ => null,
    };
}
