using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string SignaturesPath = "api/v2/manifest/signatures";

    // The largest number of signatures, in the longest encoding.
    private const int LargestSignatures = 4 * ManifestSignatures.MaxLength;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default) =>
        ReadSignatures(await _connection.GetAsync(SignaturesPath, LargestSignatures, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ManifestSignature>> AddManifestSignaturesAsync(
        IReadOnlyCollection<ManifestSignature> signatures, CancellationToken cancellationToken = default) =>
        ReadSignatures(await _connection
            .PostAsync(SignaturesPath, ManifestSignatures.Write(signatures), LargestSignatures, cancellationToken).ConfigureAwait(false));

    private static ImmutableArray<ManifestSignature> ReadSignatures(JsonElement data) =>
        ManifestSignatures.TryParse(
            Encoding.UTF8.GetBytes(data.GetRawText()), out ImmutableArray<ManifestSignature> signatures, out string? fault)
            ? signatures
            : throw CoordinatorConnection.Invalid(fault);
}
