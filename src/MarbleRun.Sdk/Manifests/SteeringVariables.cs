namespace MarbleRun.Manifests;

/// <summary>
/// Variables that control which code runs, or which peers it trusts and connects to: those of the loader, the C library, the runtime, its
/// hosts, of languages that a child process may be written in, and of this SDK. Names are compared without regard to case, because Windows,
/// proxies and configuration do so.
/// </summary>
internal static class SteeringVariables
{
    private const string Section = "Marble:";

    // A web host reads "ASPNETCORE_Marble__X" as Marble:X.
    private const string WebHostPrefix = "ASPNETCORE_";

    private static readonly string[] s_prefixes =
    [
        // Loader and C library
        "LD_", "DYLD_", "GLIBC_", "GCONV_", "MALLOC_", "RESOLV_", "ASAN_", "LSAN_", "MSAN_", "TSAN_", "UBSAN_", "LTTNG_",

        // Runtime and hosts
        "DOTNET_",
        "CORECLR_", "COMPLUS_", "COR_", "COREHOST_", "MONO_", "CLR_", "ICU_", "MSBUILD", "NUGET_", "ASPNETCORE_HOSTINGSTARTUP",
        "ASPNETCORE_AUTO_RELOAD",

        // Cryptography, and names of trusted peers
        "OPENSSL_", "SSL_CERT_", "SSLKEYLOG", "P11_KIT_", "PKCS11_", "KRB5", "GSS_", "GRPC_DEFAULT_SSL",
        "GRPC_SSL", "GRPC_XDS", "CURL_", "GIT_SSL", "GIT_SSH", "GIT_EXEC",
        "GIT_CONFIG", "GIT_PROXY", "GIT_ASKPASS", "GIT_EXTERNAL",
        "GIT_TEMPLATE",

        // Shells and other languages
        "BASH_", "PYTHON", "PERL5", "RUBYLIB", "RUBYOPT", "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA", "NODE_TLS",
        "NPM_CONFIG", "JAVA_TOOL", "JAVA_OPTS", "JAVA_HOME", "JDK_JAVA",
        "_JAVA_", "CLASSPATH", "LUA_PATH", "LUA_CPATH", "PHPRC",
        "PHP_INI",

        // Libraries that load modules, and libraries of Intel and Azure that choose the source of a quote
        "LDAPTLS_", "GIO_", "GTK_", "GST_PLUGIN", "QT_PLUGIN", "QT_QPA", "FONTCONFIG_", "MAGICK_", "OCL_ICD_", "VK_ICD_",
        "VK_LAYER_", "VK_DRIVER_", "LIBGL_", "QCNL_", "SGX_", "AZDCAP_",
        "GCOV_", "LLVM_PROFILE_",

        // This SDK
        "EDG_MARBLE_", "EDG_CWD", "EDG_EGO_",
        "MARBLERUN_", "OE_",
    ];

    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH",
        "HOME",
        "TMPDIR",
        "TMP",
        "TEMP",
        "TEMPDIR",
        "IFS",
        "SHELL",
        "SHELLOPTS",
        "BASHOPTS",
        "CDPATH",
        "GLOBIGNORE",
        "PS4",
        "PROMPT_COMMAND",
        "LOCPATH",
        "NLSPATH",
        "LOCALDOMAIN",
        "RES_OPTIONS",
        "HOSTALIASES",
        "TZDIR",
        "TERMINFO",
        "TERMINFO_DIRS",
        "TERMCAP",
        "GETCONF_DIR",
        "NOTIFY_SOCKET",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "FTP_PROXY",
        "GRPC_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "AWS_CA_BUNDLE",
        "GEM_PATH",
        "GEM_HOME",
        "ODBCINI",
        "ODBCSYSINI",
        "ODBCINSTINI",
        "SASL_PATH",
        "SASL_CONF_PATH",
        "LDAPCONF",
        "LDAPRC",
        "DBUS_SESSION_BUS_ADDRESS",
        "DBUS_SYSTEM_BUS_ADDRESS",
        "SSH_ASKPASS",
        "SUDO_ASKPASS",
        "LESSOPEN",
        "LESSCLOSE",
        "ZDOTDIR",
        "AWKPATH",
        "AWKLIBPATH",
        "PATHEXT",
        "COMSPEC",
        "SYSTEMROOT",
        "WINDIR",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "XDG_CONFIG_HOME",
        "XDG_CONFIG_DIRS",
        "XDG_DATA_DIRS",
        "XDG_DATA_HOME",
        "ASPNETCORE_PREVENTHOSTINGSTARTUP",
        "ASPNETCORE_STARTUPASSEMBLY",
        "ASPNETCORE_APPLICATIONNAME",
        "ASPNETCORE_CONTENTROOT",
        "HOSTINGSTARTUPASSEMBLIES",
        "HOSTINGSTARTUPEXCLUDEASSEMBLIES",
        "PREVENTHOSTINGSTARTUP",
        "STARTUPASSEMBLY",
    };

    // Information for an app about its environment.
    private static readonly HashSet<string> s_harmless = new(StringComparer.OrdinalIgnoreCase) { "DOTNET_ENVIRONMENT" };

    // The manifest's values that define who may connect are attested, and used: see MarbleOptions, whose section this is.
    private static readonly HashSet<string> s_ofTheManifest = new(StringComparer.OrdinalIgnoreCase)
    {
        Section + "RequireMarbleClients",
        Section + "AllowPlaintext",
    };

    // A host reads appsettings.{environment}.json: a path instead of the name would select a file of the manifest, which could set values
    // that its variables may not set.
    private static readonly HashSet<string> s_environments = new(StringComparer.OrdinalIgnoreCase)
    {
        "DOTNET_ENVIRONMENT",
        "ASPNETCORE_ENVIRONMENT",
    };

    /// <summary>Whether the name of a host's environment is a path.</summary>
    public static bool IsPathForName(string name, ReadOnlySpan<byte> value) =>
        s_environments.Contains(name) && value.IndexOfAny((byte)'/', (byte)'\\') >= 0;

    public static bool Has(string name)
    {
        string key = name.Replace("__", ":", StringComparison.Ordinal);
        return (!s_harmless.Contains(name)
            && (s_names.Contains(name) || s_prefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase))))
            || key.StartsWith(WebHostPrefix + Section, StringComparison.OrdinalIgnoreCase)
            || (key.StartsWith(Section, StringComparison.OrdinalIgnoreCase) && !s_ofTheManifest.Contains(key));
    }
}
