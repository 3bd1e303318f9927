using System.Globalization;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// A folder of collateral, for verifiers without a network. Intel: a file <c>dcap-sgx-00606a000000-platform.json</c> for each platform
/// family, in the form of <see cref="DcapCollateral.ToJson"/>, and <c>pck-….pem</c> for each machine whose quotes carry no chain;
/// <c>collateral.json</c> is for all platforms without their own file. AMD: a folder <c>snp-genoa-vcek</c> for each product line and kind
/// of key with <c>ask.der</c>, <c>ark.der</c>, <c>crl.der</c> and one DER file for each key; for files that are missing there,
/// <c>vek.der</c>, <c>ask.der</c>, <c>ark.der</c> and <c>crl.der</c> in the bundle itself. All names are listed in docs/collateral.md.
/// </summary>
public sealed class CollateralBundle : ICollateralProvider
{
    private const string CommonFile = "collateral.json";

    private readonly BundleFiles _files;

    private CollateralBundle(string directory)
    {
        _files = new BundleFiles(directory);
    }

    /// <summary>The folder.</summary>
    public string Directory => _files.Directory;

    /// <summary>Initializes a bundle in a folder. The first write creates the folder if it does not exist.</summary>
    /// <param name="directory">The folder.</param>
    public static CollateralBundle Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new CollateralBundle(Path.GetFullPath(directory));
    }

    /// <summary>Writes the collateral of an Intel platform family, and replaces the earlier file.</summary>
    /// <param name="request">The family.</param>
    /// <param name="collateral">Its collateral, usually from a <see cref="PccsClient"/>.</param>
    /// <param name="cancellationToken">Cancels the write; the earlier file is then unchanged.</param>
    /// <exception cref="CollateralException">The file can't be written.</exception>
    public Task SaveAsync(DcapCollateralRequest request, DcapCollateral collateral, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(collateral);
        return _files.WriteAsync(Name(request), collateral.ToJson(), cancellationToken);
    }

    /// <summary>Writes the PCK certificate chain of an Intel platform whose quotes carry none.</summary>
    /// <param name="request">The platform.</param>
    /// <param name="chain">PEM, the PCK certificate first and the root last, usually from a <see cref="PccsClient"/>.</param>
    /// <param name="cancellationToken">Cancels the write; the earlier file is then unchanged.</param>
    /// <exception cref="CollateralException">The file can't be written.</exception>
    public Task SavePckCertificateChainAsync(
        PckCertificateRequest request, ReadOnlyMemory<byte> chain, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _files.WriteAsync(Name(request), chain, cancellationToken);
    }

    /// <summary>Writes the certificates of an AMD platform and the revocation list of their root, and replaces the earlier files.</summary>
    /// <param name="request">The platform.</param>
    /// <param name="collateral">Its certificates and list, usually from a <see cref="KdsClient"/>; null parts are not written.</param>
    /// <param name="cancellationToken">Cancels the write; each file is then either the earlier or the new one.</param>
    /// <exception cref="CollateralException">A file can't be written.</exception>
    public async Task SaveSnpAsync(SnpCollateralRequest request, SnpCollateral collateral, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(collateral);
        var names = new SnpBundleNames(request);
        foreach ((string name, ReadOnlyMemory<byte>? content) in ((string, ReadOnlyMemory<byte>?)[])
            [
                (names.Vek, collateral.Vek),
                (names.Ask, collateral.Ask),
                (names.Ark, collateral.Ark),
                (names.List, collateral.RevocationList),
            ])
        {
            if (content is { } bytes)
            {
                await _files.WriteAsync(name, bytes, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string name = Name(request);
        return _files.Exists(name) || !_files.Exists(CommonFile)
            ? ReadJsonAsync(name, cancellationToken)
            : ReadJsonAsync(CommonFile, cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string name = Name(request);
        if (_files.Exists(name) || !_files.Exists(CommonFile))
        {
            return await _files.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        }

        DcapCollateral common = await ReadJsonAsync(CommonFile, cancellationToken).ConfigureAwait(false);
        return common.PckCertificateChain
            ?? throw new CollateralException($"The bundle {Directory} has no file {name}, and its {CommonFile} no PCK certificate chain.");
    }

    /// <inheritdoc />
    public async ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var names = new SnpBundleNames(request);
        return new SnpCollateral
        {
            Vek = request.IssuersOnly ? default(ReadOnlyMemory<byte>?)
                : await ReadPartAsync(names.Vek, SnpBundleNames.CommonVek, cancellationToken).ConfigureAwait(false)
                ?? throw new CollateralException($"The bundle {Directory} has neither a file {names.Vek} nor {SnpBundleNames.CommonVek}."),
            Ask = await ReadPartAsync(names.Ask, SnpBundleNames.CommonAsk, cancellationToken).ConfigureAwait(false),
            Ark = await ReadPartAsync(names.Ark, SnpBundleNames.CommonArk, cancellationToken).ConfigureAwait(false),
            RevocationList = await ReadPartAsync(names.List, SnpBundleNames.CommonList, cancellationToken).ConfigureAwait(false),
        };
    }

    private static string Name(DcapCollateralRequest request)
    {
        string tee = request.Tee == TeeType.Tdx ? "tdx" : "sgx";
        string name = $"dcap-{tee}-{request.Fmspc.ToLowerInvariant()}-{request.PckAuthority}";
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? name + ".json"
            : throw new ArgumentException("The FMSPC is hex, and the PCK CA a word.", nameof(request));
    }

    private static string Name(PckCertificateRequest request)
    {
        request.ThrowIfInvalid();
        return $"pck-{request.QeId}-{request.CpuSvn}-{request.PceSvn}-{request.PceId}.pem".ToLowerInvariant();
    }

    private async ValueTask<DcapCollateral> ReadJsonAsync(string name, CancellationToken cancellationToken)
    {
        byte[] json = await _files.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            return DcapCollateral.FromJson(json);
        }
        catch (FormatException e)
        {
            throw new CollateralException($"The bundle's file {Path.Combine(Directory, name)} can't be read: {e.Message}", e);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> ReadPartAsync(string name, string common, CancellationToken cancellationToken)
    {
        if (!_files.Exists(name) && !_files.Exists(common))
        {
            return null;
        }

        return await _files.ReadAsync(_files.Exists(name) ? name : common, cancellationToken).ConfigureAwait(false);
    }
}

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
