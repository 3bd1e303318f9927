using MarbleRun.Activation.Targets;
using MarbleRun.Identity;
using MarbleRun.Secrets;

namespace MarbleRun.Activation;

/// <summary>The result of an activation: this process is a Marble now.</summary>
public sealed class MarbleActivation
{
    internal MarbleActivation(MarbleIdentity identity, MarbleParameters parameters)
    {
        Identity = identity;
        Parameters = parameters;
    }

    /// <summary>The certificate, key and trust anchors.</summary>
    public MarbleIdentity Identity { get; }

    /// <summary>The parameters that the manifest gave this Marble at the activation; they are already applied.</summary>
    public MarbleParameters Parameters { get; }

    /// <summary>The values of the parameters, as bytes, keys and certificates; renewals of the identity replace them.</summary>
    public MarbleSecrets Secrets { get; internal init; } = new(new SecretSource(SecretValues.None));

    /// <summary>What the renewals of the identity use; null if the identity cannot be renewed.</summary>
    internal RenewalSource? Source { get; init; }

    /// <summary>The mesh address of the Coordinator that activated this process.</summary>
    internal CoordinatorAddresses? Coordinator { get; init; }
}
