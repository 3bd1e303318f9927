using System.Diagnostics.CodeAnalysis;
using System.Text;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Cli.Quotes;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Collateral;

/// <summary>The roots under which collateral and evidence must be signed.</summary>
internal sealed record CollateralAnchors(DcapTrustAnchor Intel, SnpTrustAnchor Amd)
{
    public static CollateralAnchors Vendors => new(DcapTrustAnchor.IntelSgx, SnpTrustAnchor.Amd);

    /// <summary>Reads the root that the user named.</summary>
    /// <param name="trustedRoot">A file with a root to trust instead of that of its vendor, or null.</param>
    /// <param name="simulation">Whether the development root of this machine takes the place of Intel's.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="InputException">The file is not a root certificate.</exception>
    public static async Task<CollateralAnchors> ReadAsync(string? trustedRoot, bool simulation, CancellationToken cancellationToken)
    {
        if (simulation)
        {
            return Vendors with { Intel = CommandEnvironment.Current.OpenSimulation().TrustAnchor };
        }

        if (trustedRoot is null)
        {
            return Vendors;
        }

        byte[] bytes = await InputFile.ReadAsync(trustedRoot, "trusted root", cancellationToken);
        byte[] der = PemText.TryFind(Encoding.ASCII.GetString(bytes), out _, out byte[]? content) ? content : bytes;
        return TryReadIntel(der, out DcapTrustAnchor? intel) ? Vendors with { Intel = intel }
            : TryReadAmd(der, out SnpTrustAnchor? amd) ? Vendors with { Amd = amd }
            : throw new InputException(
                $"The trusted root {trustedRoot} is not a root certificate in Intel's form (P-256) or AMD's (RSA 4096), DER or PEM.");
    }

    private static bool TryReadIntel(byte[] der, [NotNullWhen(true)] out DcapTrustAnchor? anchor)
    {
        try
        {
            anchor = DcapFormat.ToAnchor(der);
            return true;
        }
        catch (ArgumentException)
        {
            anchor = null;
            return false;
        }
    }

    private static bool TryReadAmd(byte[] der, [NotNullWhen(true)] out SnpTrustAnchor? anchor)
    {
        try
        {
            anchor = SnpTrustAnchor.FromCertificate(der);
            return true;
        }
        catch (ArgumentException)
        {
            anchor = null;
            return false;
        }
    }
}
