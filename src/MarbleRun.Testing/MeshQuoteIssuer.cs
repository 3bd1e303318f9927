using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Manifests;

namespace MarbleRun.Testing;

/// <summary>Attests a Marble as the code that the manifest requires at this time, or as the code that the test selected.</summary>
internal sealed class MeshQuoteIssuer(TestMesh mesh, string marbleType, MarbleSettings settings) : IQuoteIssuer
{
    public async ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        Manifest manifest = await mesh.GetManifestAsync(cancellationToken).ConfigureAwait(false);
        return await Choose(PackageMeasurement.Find(manifest, marbleType)).IssueAsync(reportData, cancellationToken).ConfigureAwait(false);
    }

    private IQuoteIssuer Choose(PackageProperties package)
    {
        if (settings.Measurement is { } chosen)
        {
            return mesh.Platform.CreateIssuer(chosen, package.Debug);
        }

        PackageMeasurement.ThrowIfNotSimulated(package, marbleType);
        return PackageMeasurement.AsksForTd(package)
            ? mesh.Platform.CreateTdxIssuer(PackageMeasurement.OfTd(package.Tdx!), package.Debug)
            : mesh.Platform.CreateIssuer(PackageMeasurement.OfEnclave(package, mesh.Platform, marbleType), package.Debug);
    }
}
