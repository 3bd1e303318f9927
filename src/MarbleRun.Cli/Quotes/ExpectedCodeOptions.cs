using System.CommandLine;

namespace MarbleRun.Cli.Quotes;

/// <summary>The options of <c>quote verify</c> for the expected values of the evidence.</summary>
internal sealed class ExpectedCodeOptions
{
    private readonly Option<string?> _uniqueId = Hex("--unique-id", "SGX: MRENCLAVE, the measurement of the code.");
    private readonly Option<string?> _signerId = Hex("--signer-id", "SGX: MRSIGNER, the measurement of the code's signer.");

    private readonly Option<ushort?> _productId = new("--product-id")
    {
        Description = "SGX: ISVPRODID, the product number that the signer assigned to the code.",
        HelpName = "N",
    };

    private readonly Option<ushort?> _securityVersion = new("--security-version")
    {
        Description = "SGX: ISVSVN, the lowest security version that is accepted.",
        HelpName = "N",
    };

    private readonly Option<string?> _mrTd = Hex("--mrtd", "TDX: MRTD, the measurement of the TD's initial content.");
    private readonly Option<string?> _measurement = Hex("--measurement", "SEV-SNP: MEASUREMENT, the machine's memory at launch.");
    private readonly Option<string?> _reportData = Hex(
        "--report-data", "The data that the evidence must be bound to; zeros are added up to 64 bytes.");

    private readonly Option<string?> _manifest = new("--manifest")
    {
        Description = "A manifest, JSON or YAML: its package and infrastructures specify the expected code and platform.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _package = new("--package")
    {
        Description = "The name of the package in the manifest.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[
            _manifest, _package, _uniqueId, _signerId, _productId, _securityVersion, _mrTd, _measurement, _reportData,
        ])
        {
            command.Options.Add(option);
        }
    }

    public ExpectedCode Read(ParseResult result) => new()
    {
        UniqueId = result.GetValue(_uniqueId),
        SignerId = result.GetValue(_signerId),
        ProductId = result.GetValue(_productId),
        SecurityVersion = result.GetValue(_securityVersion),
        MrTd = result.GetValue(_mrTd),
        Measurement = result.GetValue(_measurement),
        ReportData = result.GetValue(_reportData),
        Manifest = result.GetValue(_manifest),
        Package = result.GetValue(_package),
    };

    private static Option<string?> Hex(string name, string description) => new(name) { Description = description, HelpName = "HEX" };
}
