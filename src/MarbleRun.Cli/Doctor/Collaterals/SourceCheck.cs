using System.Globalization;
using MarbleRun.Attestation.Claims;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>Whether the source of collateral answers.</summary>
internal sealed class SourceCheck() : DoctorCheck("collateral.source", "source of collateral", "docs/collateral.md#sources")
{
    private const string Remedy =
        "Check the address, proxy and firewall from this machine; without a network, use a bundle (marblerun collateral fetch).";

    public override TimeSpan Limit => TimeSpan.FromSeconds(60);

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Collateral is not { } source)
        {
            return (await examination.EvidenceAsync()).Quote is null
                ? []
                : [Warn(
                    "no source of collateral was named, so the platform was not judged",
                    "a PCCS, Intel's or AMD's service, or a bundle",
                    "Name it: --collateral URL|PATH, or the variable MARBLERUN_COLLATERAL.")];
        }

        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        string[] faults = [.. all.SelectMany(f => f.Faults).Distinct(StringComparer.Ordinal)];
        return faults.Length > 0 ? [.. faults.Select(f => Fail(f, "the collateral of the platform", Remedy))]
            : all.Any(f => f.Documents.Length > 0) ? [Good($"{source} has the collateral of {Subjects(all)}")]
            : [await AskAsync(examination, source, cancellationToken)];
    }

    private static string Subjects(IReadOnlyList<CollateralFacts> all) => string.Join(" and ", all.Select(f => f.Subject));

    /// <summary>Without evidence, there is no platform to ask for: the service's own documents show whether it answers.</summary>
    private async Task<Finding> AskAsync(Examination examination, string source, CancellationToken cancellationToken)
    {
        Uri? address = source switch
        {
            CollateralSources.IntelName => new Uri("https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity"),
            CollateralSources.AmdName => new Uri("https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"),
            _ => CollateralAddress.TryRead(source, out Uri? url) ? url : null,
        };
        if (address is null)
        {
            return examination.Machine.Files.Exists(source)
                ? Good($"{source} exists; there is no evidence here to look for its collateral")
                : Fail($"{source} does not exist", "a bundle folder or a JSON file", "Fill it: marblerun collateral fetch");
        }

        string root = address.AbsoluteUri.TrimEnd('/') + "/";
        Uri[] pages = source is CollateralSources.IntelName or CollateralSources.AmdName ? [address]
            : root.Contains("/certification/", StringComparison.Ordinal) ? [new Uri(root + "qe/identity")]
            : [new Uri(root + "sgx/certification/v4/qe/identity"), new Uri($"{root}vcek/v1/{SnpProductLine.Milan}/cert_chain")];
        string found = string.Empty;
        foreach (Uri page in pages)
        {
            try
            {
                PageFacts answer = await examination.Machine.Network.GetAsync(page, cancellationToken);
                if (answer.Status == 200)
                {
                    return Good(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{source} answers in {(answer.Answered - answer.Asked).TotalMilliseconds:F0} ms"));
                }

                found = $"{page} answered {answer.Status}";
            }
            catch (HttpRequestException e)
            {
                found = $"{page} can't be reached: {e.Message}";
            }
        }

        return Fail(found, "a PCCS or a Key Distribution Service", Remedy);
    }
}
