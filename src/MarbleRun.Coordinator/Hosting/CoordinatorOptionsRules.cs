using System.Globalization;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Manifests.Certificates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Checks all start options and reports all errors together.</summary>
internal sealed class CoordinatorOptionsRules : IValidateOptions<CoordinatorOptions>
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(106_751);

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
        Check(result, Enum.IsDefined(options.LogFormat), nameof(options.LogFormat), "must be console or json");
        Check(
            result,
            options.MaxRequestBodySize is >= 1024 and <= 104_857_600,
            nameof(options.MaxRequestBodySize),
            "must be from 1024 to 104857600 bytes");
        Check(
            result,
            Enum.IsDefined(options.Authority.KeyAlgorithm),
            "Authority:KeyAlgorithm",
            $"must be {nameof(KeyAlgorithm.EcdsaP256)} or {nameof(KeyAlgorithm.EcdsaP384)}");
        Check(
            result,
            options.Authority.MarbleCertificateLifetime >= TimeSpan.FromMinutes(1)
                && options.Authority.MarbleCertificateLifetime <= s_longest,
            "Authority:MarbleCertificateLifetime",
            string.Create(CultureInfo.InvariantCulture, $"must be from 1 minute to {s_longest.Days} days"));
        Check(
            result,
            options.CounterBytesPerType is >= 4096 and <= 16 * 1024 * 1024,
            nameof(options.CounterBytesPerType),
            "must be from 4096 to 16777216 bytes");
        CheckAttestation(result, options.Attestation);
        CheckBootstrap(result, options);
        foreach (string fault in options.Limits.FindFaults(options.MaxRequestBodySize))
        {
            result.AddError($"{CoordinatorOptions.SectionName}:{nameof(options.Limits)}:{fault}.");
        }

        return result.Build();
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
        Check(
            result,
            attestation.RefreshAfter >= TimeSpan.FromMinutes(1) && attestation.RefreshAfter <= TimeSpan.FromDays(30),
            "Attestation:RefreshAfter",
            "must be from 1 minute to 30 days");
        Check(
            result,
            attestation.FetchTimeout >= TimeSpan.FromSeconds(1) && attestation.FetchTimeout <= TimeSpan.FromMinutes(1),
            "Attestation:FetchTimeout",
            "must be from 1 second to 1 minute");
    }

    private static void CheckBootstrap(ValidateOptionsResultBuilder result, CoordinatorOptions options)
    {
        BootstrapOptions bootstrap = options.Bootstrap;
        Check(
            result,
            bootstrap.MaxManifestSize is >= 16_384 and <= 16_777_216,
            "Bootstrap:MaxManifestSize",
            "must be from 16384 to 16777216 bytes");
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
}
