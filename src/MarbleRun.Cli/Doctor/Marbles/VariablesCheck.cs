namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>Variables that bring other code into the process, or take its secrets out.</summary>
internal sealed class VariablesCheck() : MarbleCheck(
    "marble.variables", "variables that change which code runs", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    private static readonly string[] s_code =
    [
        "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE", "DOTNET_DiagnosticPorts", "DOTNET_EnableEventPipe",
        "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "SSLKEYLOGFILE", "OPENSSL_CONF",
        "OPENSSL_MODULES", "OPENSSL_ENGINES",
    ];

    private static readonly string[] s_codePrefixes = ["CORECLR_", "COR_", "COMPlus_"];

    private static readonly string[] s_trust = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        string[] code = Find(examination, IsCode);
        string[] trust = Find(examination, k => s_trust.Contains(k, StringComparer.OrdinalIgnoreCase));
        return Task.FromResult<Finding?>(
            code.Length > 0 ? Fail(
                string.Join(", ", code),
                "no such variable: they load code that is not measured, or write keys to files",
                "Remove them, or pin the environment where it is measured.")
            : trust.Length > 0 ? Warn(
                string.Join(", ", trust),
                "no such variable: the host chooses which public authorities this process trusts",
                "Remove them unless the app needs them; the mesh does not use public authorities.")
            : Good("no variable brings code into the process"));
    }

    private static string[] Find(Examination examination, Func<string, bool> isMeant) =>
    [
        .. examination.Machine.Variables.Where(v => v.Value.Length > 0 && isMeant(v.Key)).Select(v => v.Key).Order(StringComparer.Ordinal),
    ];

    private static bool IsCode(string name) =>
        s_code.Contains(name, StringComparer.OrdinalIgnoreCase)
        || s_codePrefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase));
}
