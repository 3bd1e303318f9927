using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string SignaturesPath = "api/v2/manifest/signatures";

    // As many as there can be, in the widest way to write them.
    private const int LargestSignatures = 4 * ManifestSignatures.MaxLength;

    /// <summary>
    /// The owners' signatures of the manifest in force, as they are; <see cref="ManifestSignatures.Verify"/> judges them. Needs a Coordinator of this project.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> when there is no manifest, <see cref="CoordinatorErrorCode.NotSupported"/> when the Coordinator
    /// keeps no signatures.
    /// </exception>
    public async Task<ImmutableArray<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default) =>
        ReadSignatures(await _connection.GetAsync(SignaturesPath, LargestSignatures, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Gives the Coordinator signatures of the manifest in force. A user with the permission <c>UpdateManifest</c> may bring those of any key; others renew the
    /// signature of a key that is there. Of each key the one with the highest sequence is kept. Needs a Coordinator of this project.
    /// </summary>
    /// <param name="signatures">The signatures, at most <see cref="ManifestSignature.MaxCount"/>.</param>
    /// <param name="cancellationToken">Ends the call; they may be kept nevertheless.</param>
    /// <returns>All that are kept now.</returns>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> when the caller may not bring a new key, <see cref="CoordinatorErrorCode.Rejected"/> when a
    /// signature is not good or of another manifest, <see cref="CoordinatorErrorCode.NotSupported"/> when the Coordinator keeps no signatures.
    /// </exception>
    public async Task<ImmutableArray<ManifestSignature>> AddManifestSignaturesAsync(
        IReadOnlyCollection<ManifestSignature> signatures, CancellationToken cancellationToken = default) =>
        ReadSignatures(await _connection
            .PostAsync(SignaturesPath, ManifestSignatures.Write(signatures), LargestSignatures, cancellationToken).ConfigureAwait(false));

    private static ImmutableArray<ManifestSignature> ReadSignatures(JsonElement data) =>
        ManifestSignatures.TryParse(
            Encoding.UTF8.GetBytes(data.GetRawText()), out ImmutableArray<ManifestSignature> signatures, out string? fault)
            ? signatures
            : throw CoordinatorConnection.Invalid(fault);
}
