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

    /// <summary>
    /// Gets the owners' signatures of the manifest in force, unverified; <see cref="ManifestSignatures.Verify"/> verifies them. Needs a
    /// Coordinator of this project.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if there is no manifest, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not store signatures.
    /// </exception>
    public async Task<ImmutableArray<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default) =>
        ReadSignatures(await _connection.GetAsync(SignaturesPath, LargestSignatures, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Sends signatures of the manifest in force to the Coordinator. A user with the permission <c>UpdateManifest</c> may add signatures of
    /// any key; other callers may only renew the signature of a key that is already there. For each key, the Coordinator keeps the
    /// signature with the highest sequence number. Needs a Coordinator of this project.
    /// </summary>
    /// <param name="signatures">The signatures, at most <see cref="ManifestSignature.MaxCount"/>.</param>
    /// <param name="cancellationToken">Cancels the call; the Coordinator may keep the signatures nevertheless.</param>
    /// <returns>All signatures that the Coordinator keeps now.</returns>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the caller may not add a new key, <see
    /// cref="CoordinatorErrorCode.Rejected"/> if a signature is invalid or of another manifest, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not store signatures.
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
