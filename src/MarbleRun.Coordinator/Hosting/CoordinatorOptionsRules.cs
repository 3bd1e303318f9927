using System.Globalization;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Authority;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Checks all start options and reports everything that is wrong at once.</summary>
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

        foreach (string dnsName in options.SplitDnsNames().Where(n => !CertificateNames.IsValid(n)))
        {
            Check(result, false, nameof(options.DnsNames), $"has '{dnsName}', which is neither a DNS name nor an IP address");
        }

        Check(result, !string.IsNullOrWhiteSpace(options.SealDirectory), nameof(options.SealDirectory), "must name a folder");
        Check(
            result,
            !options.UpdateToStartupManifest || options.Simulation,
            nameof(options.UpdateToStartupManifest),
            "is for simulation alone: whoever starts a Coordinator must not change what it admits. Remove it, and send updates as a user of the manifest");
        Check(result, Enum.IsDefined(options.LogFormat), nameof(options.LogFormat), "must be console or json");
        Check(result, options.MaxRequestBodySize is >= 1024 and <= 104_857_600, nameof(options.MaxRequestBodySize), "must be from 1024 to 104857600 bytes");
        Check(result, Enum.IsDefined(options.Authority.KeyAlgorithm), "Authority:KeyAlgorithm", $"must be {nameof(KeyAlgorithm.EcdsaP256)} or {nameof(KeyAlgorithm.EcdsaP384)}");
        Check(
            result,
            options.Authority.MarbleCertificateLifetime >= TimeSpan.FromMinutes(1) && options.Authority.MarbleCertificateLifetime <= s_longest,
            "Authority:MarbleCertificateLifetime",
            string.Create(CultureInfo.InvariantCulture, $"must be from 1 minute to {s_longest.Days} days"));
        CheckAttestation(result, options.Attestation);
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

    // A password in an address would stand in every log.
    private static void CheckUrl(ValidateOptionsResultBuilder result, string member, string? value) =>
        Check(
            result,
            string.IsNullOrEmpty(value)
            || (Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }),
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
