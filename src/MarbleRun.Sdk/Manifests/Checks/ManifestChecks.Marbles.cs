using MarbleRun.Attestation;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks Marbles, and their references to packages.</summary>
internal sealed partial class ManifestChecks
{
    private const string ReservedPrefix = "MARBLE_PREDEFINED_";

    private const string TtlsVariable = "MARBLE_TTLS_CONFIG";

    private readonly HashSet<string> _checkedPackages = new(StringComparer.Ordinal);

    private void CheckPackageOf(string path, string name, string what)
    {
        if (!_manifest.Packages.TryGetValue(name, out PackageProperties? package))
        {
            Error(
                path,
                $"manifest does not contain {what} {name}",
                Nearest(name, _manifest.Packages.Keys) ?? "Add it to Packages, or use the name of an existing package.");
        }
        else if (_checkedPackages.Add(name))
        {
            CheckPackage(name, package);
        }
    }

    private void CheckMarble(string name, MarbleDefinition marble)
    {
        string path = JsonPath.Of("Marbles", name);
        CheckPackageOf(path + ".Package", marble.Package, "marble package");
        if (marble.PreviousPackage.Length > 0)
        {
            CheckPackageOf(path + ".PreviousPackage", marble.PreviousPackage, "previous package");
        }

        foreach ((int index, string tag) in marble.Tls.Index().Where(tag => !_manifest.Tls.ContainsKey(tag.Item)))
        {
            Error(
                path + ".TLS" + JsonPath.Index(index),
                $"manifest misses TLS entry for {tag}",
                Nearest(tag, _manifest.Tls.Keys) ?? "Add it to TLS.");
        }

        foreach (string pattern in marble.AllowedDnsNames ?? [])
        {
            if (SubjectNames.FindFaultOfPattern(pattern) is { } fault)
            {
                Error(
                    path + ".AllowedDNSNames",
                    $"AllowedDNSNames of Marble {name} contains {pattern}, which is not a DNS name, pattern or address",
                    $"The entry is refused because {fault}. Use a name such as web.example; "
                        + "a label * matches exactly one label, and nothing else is a wildcard.");
            }
        }

        WarnOfSharedPorts(path, marble);
        WarnOfFileNames(name, marble.Parameters);
        WarnOfParameters(name, marble.Parameters);
        foreach ((string variable, ManifestFile content) in InOrder(marble.Parameters.Environment, "Marbles", name, "Parameters", "Env"))
        {
            CheckVariable(name, variable, content);
        }

        foreach ((int index, _) in marble.Parameters.Arguments
            .Index()
            .Where(argument => argument.Item.Contains('\0', StringComparison.Ordinal)))
        {
            Warn(
                path + ".Parameters.Argv" + JsonPath.Index(index),
                "the argument contains a zero byte, at which programs stop reading",
                "Remove it.");
        }
    }

    private void CheckVariable(string marble, string variable, ManifestFile content)
    {
        if (content.Data.Span.Contains((byte)0))
        {
            Error(
                Path(),
                $"in Marble {marble}: env variable: {variable}: content contains null bytes",
                "Environment variables end at a zero byte; use a file, or encode the value as hex or base64 text.",
                ManifestStage.Template);
        }

        if (variable.Length == 0 || variable.AsSpan().ContainsAny('=', '\0'))
        {
            Warn(
                Path(),
                "the name of an environment variable is empty, or contains an equals sign or a zero byte",
                "Choose another name; no program can read this one.");
        }

        if (variable.StartsWith(ReservedPrefix, StringComparison.Ordinal) || variable == TtlsVariable)
        {
            Warn(Path(), $"environment variable {variable} is reserved and may be overwritten by the Coordinator", "Choose another name.");
        }
        else if (SteeringVariables.Has(variable))
        {
            Warn(
                Path(),
                $"a Marble of .NET does not start with environment variable {variable}, which controls which code runs or whom it trusts",
                "Remove it; or, if the app needs it, list it in MarbleOptions.AllowedVariables in the app's code.");
        }

        // Most variables have no fault, and there may be thousands.
        string Path() => JsonPath.Of("Marbles", marble, "Parameters", "Env", variable);
    }

    /// <summary>
    /// A package must pin either only its code, or signer, product and version; or a confidential virtual machine, and then need not
    /// specify SGX code. Debug packages may leave everything open.
    /// </summary>
    private void CheckPackage(string name, PackageProperties package)
    {
        if (!package.Debug)
        {
            CheckCode("package", name, JsonPath.Of("Packages", name), package);
        }
    }

    private void CheckCode(string what, string name, string path, PackageProperties package)
    {
        bool hasUniqueId = !string.IsNullOrEmpty(package.UniqueId);
        bool hasSignerId = !string.IsNullOrEmpty(package.SignerId);
        CheckMachines(what, name, path, package);
        if (!package.NamesSgx && (package.Tdx is not null || package.Snp is not null))
        {
            return;
        }

        if (hasUniqueId)
        {
            if (hasSignerId || package.ProductId is not null || package.SecurityVersion is not null)
            {
                Error(
                    path,
                    $"manifest specifies both UniqueID *and* SignerID/ProductID/SecurityVersion in {what} {name}",
                    "Pin the code with only UniqueID, or allow newer versions with SignerID, ProductID and SecurityVersion.");
            }

            return;
        }

        foreach ((string member, bool given) in SignerTriple(package))
        {
            if (!given)
            {
                Error(path, $"manifest misses value for {member} in {what} {name}", $"Add {member}, or pin the code with UniqueID.");
            }
        }
    }

    private static (string Member, bool Given)[] SignerTriple(PackageProperties package) =>
    [
        ("SignerID", !string.IsNullOrEmpty(package.SignerId)),
        ("ProductID", package.ProductId is not null),
        ("SecurityVersion", package.SecurityVersion is not null),
    ];
}
