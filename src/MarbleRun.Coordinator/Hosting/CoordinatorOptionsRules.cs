using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Tee;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Checks all start options and reports all errors together.</summary>
internal sealed partial class CoordinatorOptionsRules : IValidateOptions<CoordinatorOptions>
{
    public ValidateOptionsResult Validate(string? name, CoordinatorOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        CheckAddress(result, nameof(options.MeshAddress), options.MeshAddress);
        CheckAddress(result, nameof(options.ClientAddress), options.ClientAddress);
        if (!string.IsNullOrEmpty(options.MetricsAddress))
        {
            CheckAddress(result, nameof(options.MetricsAddress), options.MetricsAddress);
        }

        string[] faulty = [.. options.DnsNames.Where(n => SubjectNames.FindFault(n) is not null)];
        foreach (string dnsName in faulty)
        {
            Check(
                result,
                false,
                nameof(options.DnsNames),
                $"has '{dnsName}', which is neither a DNS name nor an IP address: {SubjectNames.FindFault(dnsName)}");
        }

        if (faulty.Length == 0 && !SubjectNames.TryRead(options.DnsNames, out _, out string? wrong))
        {
            Check(result, false, nameof(options.DnsNames), $"has {wrong}");
        }

        Check(result, !string.IsNullOrWhiteSpace(options.SealDirectory), nameof(options.SealDirectory), "must name a folder");
        Check(
            result,
            !options.UpdateToStartupManifest || options.Simulation,
            nameof(options.UpdateToStartupManifest),
            "is only for simulation: the host that starts a Coordinator must not change what it admits. "
            + "Remove it, and send updates as a user of the manifest");
        CheckTee(result, options);
        Check(result, Enum.IsDefined(options.LogFormat), nameof(options.LogFormat), "must be console or json");
        Check(
            result,
            Enum.IsDefined(options.Authority.KeyAlgorithm),
            "Authority:KeyAlgorithm",
            $"must be {nameof(KeyAlgorithm.EcdsaP256)} or {nameof(KeyAlgorithm.EcdsaP384)}");
        Check(
            result,
            options.Authority.CrlDistributionPoint is not { Length: > 0 } url || IsPlainUrl(url),
            "Authority:CrlDistributionPoint",
            "must be an absolute URL, http or https, ASCII without spaces, at most 1,024 characters");
        CheckRanges(result, string.Empty, options);
        CheckRanges(result, "Authority:", options.Authority);
        CheckRanges(result, "Attestation:", options.Attestation);
        CheckRanges(result, "Bootstrap:", options.Bootstrap);
        CheckRanges(result, "Limits:", options.Limits);
        CheckRanges(result, "Store:", options.Store);
        CheckPeers(result, options.Peers);
        Check(
            result,
            ReplicaName().IsMatch(options.Store.Replica),
            "Store:Replica",
            "must be at most 63 letters, digits, dots, hyphens and underscores");
        CheckAttestation(result, options.Attestation);
        CheckBootstrap(result, options);
        foreach (string fault in options.Limits.FindFaults(options.MaxRequestBodySize))
        {
            result.AddError($"{CoordinatorOptions.SectionName}:{nameof(options.Limits)}:{fault}.");
        }

        return result.Build();
    }

    private static void CheckRanges<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(
        ValidateOptionsResultBuilder result, string path, TOptions options)
    {
        foreach ((string member, string rule) in OptionRanges.FindFaults(options))
        {
            Check(result, false, path + member, rule);
        }
    }

    private static bool IsPlainUrl(string url) =>
        url.Length <= 1024
        && url.All(c => c is > ' ' and <= '~')
        && Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed)
        && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps);

    private static void CheckTee(ValidateOptionsResultBuilder result, CoordinatorOptions options)
    {
        const string Member = nameof(options.TeeBackend);
        Check(result, Enum.IsDefined(options.TeeBackend), Member, $"must be {OptionForms.NamesOf<TeeBackend>()}");
        Check(
            result,
            !options.Simulation || options.TeeBackend == TeeBackend.Automatic,
            Member,
            $"is {options.TeeBackend}, but simulation is on (--simulation, OE_SIMULATION=1 or Coordinator:Simulation). Remove one of them");
    }

    private static void CheckAttestation(ValidateOptionsResultBuilder result, AttestationOptions attestation)
    {
        CheckUrl(result, "Attestation:PccsUrl", attestation.PccsUrl);
        CheckUrl(result, "Attestation:KdsUrl", attestation.KdsUrl);
        Check(
            result,
            string.IsNullOrEmpty(attestation.BundlePath) || Directory.Exists(attestation.BundlePath),
            "Attestation:BundlePath",
            $"is '{attestation.BundlePath}', which is not a folder that exists");
    }

    private static void CheckPeers(ValidateOptionsResultBuilder result, PeerOptions peers)
    {
        CheckRanges(result, "Peers:", peers);
        if (!string.IsNullOrEmpty(peers.Address))
        {
            CheckAddress(result, "Peers:Address", peers.Address);
        }

        foreach (string address in peers.Listed)
        {
            Check(result, IsTarget(address), "Peers:Addresses", $"has '{address}'; write 'host:port' with the port of another Coordinator");
        }

        Check(
            result,
            string.IsNullOrEmpty(peers.Dns) || IsTarget(peers.Dns),
            "Peers:Dns",
            $"is '{peers.Dns}'; write 'name:port' with a name whose addresses are the other Coordinators");
    }

    private static bool IsTarget(string text) =>
        ListenAddress.TryParse(text, out ListenAddress? address) && address is { Host: not null, Port: > 0 };

    private static void CheckBootstrap(ValidateOptionsResultBuilder result, CoordinatorOptions options)
    {
        BootstrapOptions bootstrap = options.Bootstrap;
        CheckFingerprint(result, "Bootstrap:CertificateFingerprint", bootstrap.CertificateFingerprint);
        CheckFingerprint(result, "Bootstrap:ManifestFingerprint", bootstrap.ManifestFingerprint);
        Check(
            result,
            string.IsNullOrEmpty(bootstrap.CertificatePath) || File.Exists(bootstrap.CertificatePath),
            "Bootstrap:CertificatePath",
            $"is '{bootstrap.CertificatePath}', which is not a file that exists");

        // A startup manifest belongs to no user: it would bypass the only user who may set the first manifest.
        Check(
            result,
            string.IsNullOrEmpty(options.StartupManifest) || !bootstrap.NamesCertificate || bootstrap.NamesManifest,
            nameof(options.StartupManifest),
            "bypasses the user that Coordinator:Bootstrap names; "
            + "remove one of them, or name the manifest with Coordinator:Bootstrap:ManifestFingerprint");
    }

    private static void CheckFingerprint(ValidateOptionsResultBuilder result, string member, string? value) => Check(
        result,
        string.IsNullOrEmpty(value) || BootstrapOptions.Normalize(value) is { Length: 64 } digits && digits.All(char.IsAsciiHexDigit),
        member,
        "must be SHA-256 as 64 hexadecimal digits");

    // A password in an address would be in every log.
    private static void CheckUrl(ValidateOptionsResultBuilder result, string member, string? value) =>
        Check(
            result,
            string.IsNullOrEmpty(value)
            || (
                Uri.TryCreate(value, UriKind.Absolute, out Uri? url)
                    && url is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }),
            member,
            "must be an address like https://localhost:8081, without user, query and fragment");

    private static void CheckAddress(ValidateOptionsResultBuilder result, string member, string value) =>
        Check(result, ListenAddress.TryParse(value, out _), member, $"is '{value}'; {ListenAddress.Form}");

    private static void Check(ValidateOptionsResultBuilder result, bool holds, string member, string rule)
    {
        if (!holds)
        {
            result.AddError($"{CoordinatorOptions.SectionName}:{member} {rule}.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex ReplicaName();
}
