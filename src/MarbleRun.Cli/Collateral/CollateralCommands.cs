using System.CommandLine;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.Collateral;

/// <summary><c>marblerun collateral</c>: what a verifier needs in addition to evidence.</summary>
internal static class CollateralCommands
{
    private const string Sgx = "sgx";
    private const string Tdx = "tdx";
    private const int FmspcLength = 12;

    public static Command Create() => new("collateral", "Handles what a verifier needs in addition to evidence.") { CreateFetch() };

    private static Command CreateFetch()
    {
        var bundle = new Argument<string>("bundle") { Description = "The folder to fill.", HelpName = "BUNDLE" };
        var quotes = new Option<string[]>("--quote")
        {
            Description = "A quote or report, in any form that quote verify reads: everything that its verification needs is fetched. May "
                + "be repeated.",
            HelpName = "FILE",
        };
        var fmspcs = new Option<string[]>("--fmspc")
        {
            Description = "A family of Intel's platforms: its FMSPC, 12 hex digits (quote show prints it). May be repeated.",
            HelpName = "HEX",
        };
        var authority = new Option<string>("--ca")
        {
            HelpName = "NAME",
            Description = "The PCK CA of these families: platform (servers of several sockets, the default) or processor.",
            DefaultValueFactory = _ => "platform",
        };
        authority.AcceptOnlyFromAmong("platform", "processor");
        var tee = new Option<string[]>("--tee")
        {
            Description = "The kinds of evidence of these families: sgx, tdx. Default: both.",
            HelpName = "TEE",
        };
        tee.AcceptOnlyFromAmong(Sgx, Tdx);
        var products = new Option<string[]>("--amd")
        {
            HelpName = "LINE",
            Description = "A product line of AMD: milan, genoa (also Bergamo and Siena) or turin. Fetches the issuers and their revocation "
                + "list; the certificate of a chip needs its report (--quote). May be repeated.",
        };
        products.AcceptOnlyFromAmong("milan", "genoa", "turin");
        var key = new Option<string>("--key")
        {
            HelpName = "KIND",
            Description = "The kind of key of these product lines: vcek (of a chip, the default) or vlek (of a cloud provider).",
            DefaultValueFactory = _ => "vcek",
        };
        key.AcceptOnlyFromAmong("vcek", "vlek");
        var pccs = new Option<string?>("--pccs")
        {
            Description = "Where Intel's collateral comes from: the URL of a PCCS, or intel for Intel's own service.",
            HelpName = "URL|intel",
        };
        var kds = new Option<string?>("--kds")
        {
            Description = "Where AMD's collateral comes from: the URL of a Key Distribution Service, or amd for AMD's own.",
            HelpName = "URL|amd",
        };
        var early = new Option<bool>("--early")
        {
            Description = "Fetch Intel's early set, which will be required later. A verifier that has seen it refuses the standard one.",
        };
        var command = new Command(
            "fetch",
            "Fetches collateral into a bundle folder, for verifiers without a network. All of it is verified before it is written.")
        {
            bundle, quotes, fmspcs, authority, tee, products, key, pccs, kds, early, GlobalOptions.TrustedRoot, GlobalOptions.Simulation,
            FormatOption.Create(),
        };
        command.SetExamples(
            "marblerun collateral fetch ./collateral --quote quote.bin --pccs intel",
            "marblerun collateral fetch ./collateral --fmspc 00606A000000 --tee sgx --pccs https://localhost:8081",
            "marblerun collateral fetch ./collateral --amd genoa --kds amd");
        return command.SetRun(async run =>
        {
            ParseResult arguments = run.Arguments;
            string[] families = arguments.GetValue(fmspcs) ?? [];
            string[] tees = arguments.GetValue(tee) is { Length: > 0 } chosen ? chosen : [Sgx, Tdx];
            var plan = new CollateralPlan
            {
                Evidence = await ReadAsync(arguments.GetValue(quotes) ?? [], run.CancellationToken),
                Families =
                [
                    .. families.SelectMany(f => tees.Select(t => new DcapCollateralRequest(
                        t == Tdx ? TeeType.Tdx : TeeType.Sgx, ReadFmspc(f), arguments.GetRequiredValue(authority)))),
                ],
                ProductLines =
                [
                    .. (arguments.GetValue(products) ?? []).Select(p => SnpCollateralRequest.ForIssuers(
                        arguments.GetValue(key) == "vlek" ? SnpSigningKey.Vlek : SnpSigningKey.Vcek,
                        Enum.Parse<SnpProductLine>(p, ignoreCase: true))),
                ],
            };
            if (plan.Evidence.Count + plan.Families.Count + plan.ProductLines.Count == 0)
            {
                throw new InputException("Name what to fetch: --quote FILE, --fmspc HEX or --amd LINE.");
            }

            string? intelSource = arguments.GetValue(pccs);
            string? amdSource = arguments.GetValue(kds);
            if (intelSource is null && amdSource is null)
            {
                throw new InputException(
                    "Name a source; nothing is fetched otherwise: --pccs URL (or --pccs intel), --kds URL (or --kds amd).");
            }

            RequireSource(plan.Families.Count > 0 && intelSource is null, "--fmspc", "--pccs");
            RequireSource(plan.ProductLines.Count > 0 && amdSource is null, "--amd", "--kds");
            ICollateralProvider source = CollateralSources.Open(
                intelSource,
                amdSource,
                arguments.GetValue(early) ? CollateralUpdate.Early : CollateralUpdate.Standard,
                run.Clock);
            CollateralAnchors anchors = await CollateralAnchors.ReadAsync(
                arguments.GetValue(GlobalOptions.TrustedRoot), arguments.GetValue(GlobalOptions.Simulation), run.CancellationToken);
            string folder = CommandEnvironment.Current.Resolve(arguments.GetRequiredValue(bundle));
            await run.WriteAsync(await CollateralFetch.RunAsync(plan, source, anchors, folder, run.Clock, run.CancellationToken));
            return ExitCodes.Ok;
        });
    }

    private static async Task<IReadOnlyList<Quote>> ReadAsync(string[] files, CancellationToken cancellationToken)
    {
        var quotes = new List<Quote>(files.Length);
        foreach (string file in files)
        {
            quotes.Add((await EvidenceInput.ReadAsync(file, EvidenceInput.Auto, cancellationToken)).Quote);
        }

        return quotes;
    }

    private static void RequireSource(bool isMissing, string platform, string source)
    {
        if (isMissing)
        {
            throw new InputException($"The platforms of {platform} need the source {source}.");
        }
    }

    private static string ReadFmspc(string text) => text.Length == FmspcLength && text.All(char.IsAsciiHexDigit)
        ? text.ToUpperInvariant()
        : throw new InputException($"--fmspc {text} is not {FmspcLength} hex digits, like 00606A000000. quote show prints it.");
}
