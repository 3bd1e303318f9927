using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Cli.Manifests;
using MarbleRun.Manifests;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Quotes;

/// <summary>Converts the options to the expectation that the SDK compares evidence with: the command itself compares nothing.</summary>
internal static class Expectations
{
    private const int HashSize = 32;
    private const int LongHashSize = 48;

    /// <param name="options">The user's options.</param>
    /// <param name="own">The evidence's own values; they replace values that the user does not specify.</param>
    /// <param name="cancellationToken">Cancels the reading of the manifest.</param>
    /// <exception cref="InputException">The options contradict each other, or a value is invalid.</exception>
    public static async Task<Comparison> CreateAsync(VerifyOptions options, QuoteExpectation own, CancellationToken cancellationToken)
    {
        ExpectedCode expected = options.Expected;
        if ((expected.Manifest is null) != (expected.Package is null))
        {
            throw new InputException("--manifest and --package must be used together: the package of the manifest is the expected code.");
        }

        if (expected.Manifest is not null && (expected.NamesCode || options.AllowDebug))
        {
            throw new InputException(
                "--manifest specifies everything that is expected of the code, including debug. Omit the other options about code.");
        }

        QuoteExpectation whole = expected.ReportData is { } text ? own with { ReportData = ReadReportData(text) } : own;
        whole = expected.Manifest is { } path ? await OfManifestAsync(whole, path, expected.Package!, cancellationToken)
            : expected.NamesCode ? whole with { Package = OfOptions(own.Package, expected) }
            : whole;
        return new Comparison(whole, IsReportDataCompared: expected.ReportData is not null);
    }

    private static async Task<QuoteExpectation> OfManifestAsync(
        QuoteExpectation expectation, string path, string name, CancellationToken cancellationToken)
    {
        Manifest manifest = await ManifestInput.ReadAsync(path, cancellationToken);
        if (!manifest.Packages.TryGetValue(name, out PackageProperties? package))
        {
            throw new InputException($"The manifest {path} has no package '{name}'. It has: {string.Join(", ", manifest.Packages.Keys)}.");
        }

        return expectation with
        {
            Package = package,
            Infrastructures = [.. manifest.Infrastructures.Select(entry => entry.Value.ToRequirement(entry.Key))],
        };
    }

    private static PackageProperties OfOptions(PackageProperties own, ExpectedCode expected) => own with
    {
        UniqueId = Hex("--unique-id", expected.UniqueId, HashSize),
        SignerId = Hex("--signer-id", expected.SignerId, HashSize),
        ProductId = expected.ProductId,
        SecurityVersion = expected.SecurityVersion,
        Tdx = expected.MrTd is null ? null : new TdxProperties { MrTd = Hex("--mrtd", expected.MrTd, LongHashSize) },
        Snp = expected.Measurement is null
            ? null
            : new SnpProperties { Measurement = Hex("--measurement", expected.Measurement, LongHashSize) },
    };

    private static string? Hex(string option, string? text, int size) =>
        text is null || HexText.Is(text, size)
            ? text
            : throw new InputException($"{option} {text} is not {size} bytes in hexadecimal ({2 * size} digits).");

    /// <summary>Shorter values are the first bytes: the rest of the 64 bytes is zero, as in MarbleRun's report data.</summary>
    private static ReportData ReadReportData(string text)
    {
        if (text.Length is 0 or > 2 * ReportData.Size || text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigit))
        {
            throw new InputException($"--report-data {text} is not 1 to {ReportData.Size} bytes in hexadecimal.");
        }

        var bytes = new byte[ReportData.Size];
        Convert.FromHexString(text).CopyTo(bytes, 0);
        return ReportData.FromBytes(bytes);
    }
}
