using System.Runtime.InteropServices;

namespace MarbleRun.Activation.Targets;

/// <summary>
/// The places where no file of a manifest is written, whatever folders an app lists: the app, the runtime, and files that the system's
/// loader and services read. A file written there would run as the measured code.
/// </summary>
/// <param name="appFolder">The app's folder. An app may release a folder below it.</param>
/// <param name="workingFolder">The folder in which a host looks for its <c>appsettings.json</c>.</param>
/// <param name="folders">Folders of the runtime and the app's libraries.</param>
/// <param name="files">Single files.</param>
internal sealed class ProtectedPlaces(string appFolder, string workingFolder, IReadOnlyList<string> folders, IReadOnlyList<string> files)
{
    private const string SystemPlace = "belongs to the operating system";
    private const string AppPlace = "belongs to the app";
    private const string RuntimePlace = "belongs to the runtime";
    private const string KeyDevices = "/dev/attestation";

    private static readonly string[] s_systemFolders =
    [
        "/proc", "/sys", "/dev", "/boot", "/bin", "/sbin", "/run/systemd", "/var/spool/cron",
    ];

    private static readonly string[] s_dotnetFolders = [".dotnet", ".aspnet", ".microsoft", ".nuget"];

    private static readonly string[] s_userFolders = ["/usr", "/usr/local"];

    private static readonly HashSet<string> s_programs = new(StringComparer.Ordinal)
    {
        "bin",
        "sbin",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "libexec",
    };

    // Folders of /etc; all files directly in it belong to the system.
    private static readonly HashSet<string> s_settings = new(StringComparer.Ordinal)
    {
        "ssl",
        "pki",
        "ca-certificates",
        "crypto-policies",
        "gnutls",
        "p11-kit",
        "pkcs11",
        "dotnet",
        "pam.d",
        "security",
        "ssh",
        "sudoers.d",
        "systemd",
        "init",
        "init.d",
        "profile.d",
        "default",
        "udev",
        "modprobe.d",
        "modules-load.d",
        "sysctl.d",
        "alternatives",
        "apt",
        "apk",
        "selinux",
        "apparmor",
        "apparmor.d",
        "xdg",
        "gss",
        "krb5.conf.d",
        "skel",
    };

    /// <summary>Returns the places of this process.</summary>
    public static ProtectedPlaces OfThisProcess(IReadOnlyList<string> files)
    {
        string runtime = Folder(RuntimeEnvironment.GetRuntimeDirectory());
        IEnumerable<string> folders =
        [
            runtime,
            .. InstallationOf(runtime),
            .. Entries("TRUSTED_PLATFORM_ASSEMBLIES").Select(a => Path.GetDirectoryName(a)!),
            .. Entries("NATIVE_DLL_SEARCH_DIRECTORIES"),
            .. Entries("PROBING_DIRECTORIES"),
            .. FoldersOfTheUser(),
            .. OperatingSystem.IsWindows() ? [Environment.GetFolderPath(Environment.SpecialFolder.Windows)] : Array.Empty<string>(),
        ];
        return new ProtectedPlaces(
            Folder(AppContext.BaseDirectory),
            Folder(Environment.CurrentDirectory),
            [.. folders.Where(f => f.Length > 0).Select(Folder).Distinct(PathText.Comparer)],
            Environment.ProcessPath is { } program ? [program, .. files] : files);
    }

    /// <summary>Returns the same places with the links in their paths followed.</summary>
    public ProtectedPlaces Follow() => new(
        FileLinks.Follow(appFolder),
        FileLinks.Follow(workingFolder),
        [.. folders.Select(FileLinks.Follow)],
        [.. files.Select(FileLinks.Follow)]);

    /// <summary>Returns the owner of a place, or null if it is free.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="root">The folder of the app's list that contains the path.</param>
    public string? FindOwner(string path, string root) =>
        files.Any(f => PathText.IsWithin(path, f)) ? "is in use by this process"
        : !OperatingSystem.IsWindows() && IsOfTheSystem(path) ? SystemPlace
        : PathText.IsWithin(path, appFolder) ? FindOwnerInTheApp(path, root)
        : Path.GetDirectoryName(path) is { } folder
            && folder.Equals(workingFolder, PathText.Comparison)
            && IsOfAHost(Path.GetFileName(path)) ? AppPlace
        : folders.Any(f => PathText.IsWithin(path, f)) ? RuntimePlace
        : null;

    /// <summary>Whether the path is a file from which a library OS reads the keys of encrypted files.</summary>
    public static bool IsKeyDevice(string path) => PathText.IsWithin(path, KeyDevices);

    private string? FindOwnerInTheApp(string path, string root) =>
        PathText.IsBelow(root, appFolder)
        && !IsOfAHost(Path.GetFileName(path))
        && !folders.Any(f => PathText.IsBelow(f, appFolder) && PathText.IsWithin(path, f))
            ? null
            : AppPlace;

    private static bool IsOfTheSystem(string path)
    {
        if (s_systemFolders.Any(f => PathText.IsWithin(path, f)))
        {
            return !IsKeyDevice(path);
        }

        string[] parts = path.Split('/');
        return s_programs.Contains(parts[1])
            || (s_userFolders.Any(f => PathText.IsWithin(path, f)) && parts.Skip(2).Take(2).Any(s_programs.Contains))
            || (parts[1] == "etc" && (parts.Length <= 3 || IsSetting(parts[2])));
    }

    // Settings of the loader, of daemons that run scheduled programs, and of run levels.
    private static bool IsSetting(string name) =>
        s_settings.Contains(name)
        || name.StartsWith("ld.so.", StringComparison.Ordinal)
        || name.StartsWith("cron.", StringComparison.Ordinal)
        || name is ['r', 'c', _, '.', 'd'] or "rc.d";

    private static bool IsOfAHost(string name) =>
        (name.StartsWith("appsettings", StringComparison.OrdinalIgnoreCase) && name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        || name.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase)
        || name.Contains(".runtimeconfig.", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".so", StringComparison.OrdinalIgnoreCase)
        || name.Contains(".so.", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".dylib", StringComparison.OrdinalIgnoreCase);

    /// <summary>The folder that contains <c>shared/Microsoft.NETCore.App/10.0.0</c>: it also contains the host.</summary>
    private static IEnumerable<string> InstallationOf(string runtime) =>
        new DirectoryInfo(runtime).Parent?.Parent is { Name: "shared", Parent: { } installation } ? [installation.FullName] : [];

    /// <summary>
    /// The folders where .NET keeps a user's trust and settings: certificate stores, data protection keys, user secrets, packages.
    /// </summary>
    private static IEnumerable<string> FoldersOfTheUser() =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? s_dotnetFolders.Select(f => Path.Combine(home, f))
            : [];

    private static string[] Entries(string name) =>
        (AppContext.GetData(name) as string)?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static string Folder(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
