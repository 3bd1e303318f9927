using System.Globalization;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>The names of an AMD platform's files in a bundle.</summary>
internal sealed class SnpBundleNames
{
    public const string CommonVek = "vek.der";
    public const string CommonAsk = "ask.der";
    public const string CommonArk = "ark.der";
    public const string CommonList = "crl.der";

    private readonly string _folder;

    public SnpBundleNames(SnpCollateralRequest request)
    {
        request.ThrowIfInvalid();
        _folder = $"snp-{request.ProductLine.ToString().ToLowerInvariant()}-{request.Kind}";
        string tcb = request.ReportedTcb.ToString("x16", CultureInfo.InvariantCulture);
        Vek = Path.Combine(_folder, (request.ChipId.Length == 0 ? tcb : $"{request.HardwareId}-{tcb}") + ".der");
    }

    /// <summary>The key's own certificate: hardware id and TCB of a VCEK, TCB of a VLEK.</summary>
    public string Vek { get; }

    public string Ask => Path.Combine(_folder, CommonAsk);

    public string Ark => Path.Combine(_folder, CommonArk);

    public string List => Path.Combine(_folder, CommonList);
}
