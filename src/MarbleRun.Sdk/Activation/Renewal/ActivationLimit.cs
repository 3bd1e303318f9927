using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// Reads from the Coordinator's client port whether a Marble may be activated as often as it needs: a Coordinator of MarbleRun 1.9 renews
/// no certificate, but issues one with each activation.
/// </summary>
internal sealed class ActivationLimit(RenewalSource source, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Returns why the Marble is not activated again before its certificate ends; null if the manifest has no limit.</summary>
    public async Task<string?> FindReasonAsync(MarbleIdentity identity, CancellationToken cancellationToken)
    {
        if (!CoordinatorAddress.TryParse(source.Options.CoordinatorClientAddress, out Uri? address))
        {
            return "its manifest may limit the activations; set Marble:CoordinatorClientAddress so that this Marble can read it";
        }

        using var expiry = new CancellationTokenSource(s_longest, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expiry.Token);
        try
        {
            // The client port shows the root itself, so a connection that is pinned to it is one to the deployment of this Marble.
            using var connection = new CoordinatorConnection(address, new CoordinatorPeer(identity.CoordinatorRoot.RawData));
            SignedManifest signed = await CoordinatorClient.GetManifestAsync(connection, either.Token).ConfigureAwait(false);
            if (!signed.IsSignedBy(identity.CoordinatorRoot))
            {
                return $"the root of the deployment did not sign the manifest at {address.Authority}";
            }

            return !ManifestParser.Parse(signed.Content.Span).Marbles.TryGetValue(identity.MarbleType, out MarbleDefinition? marble)
                ? $"its manifest has no Marble type '{identity.MarbleType}' any more"
                : marble.MaxActivations == 0
                    ? null
                    : $"its manifest limits this type to {marble.MaxActivations} activations, and each restart needs one, too";
        }
        catch (Exception e) when (e is CoordinatorException or ManifestException)
        {
            return $"its manifest cannot be read at {address.Authority}: {e.Message.TrimEnd('.')}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"its manifest cannot be read: the Coordinator at {address.Authority} did not answer within {s_longest}";
        }
    }
}
