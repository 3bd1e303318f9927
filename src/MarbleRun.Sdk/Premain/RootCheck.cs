using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation;

/// <summary>Compares the Coordinator's root certificate with those that are pinned, by what is measured and by the host.</summary>
internal sealed class RootCheck(Uri address, CoordinatorTrust trust, MarbleOptions options)
{
    private readonly ImmutableArray<string> _required = [.. TrustRules.RequiredRoots(options)];

    /// <exception cref="MarbleActivationException">It is another root.</exception>
    public void Demand(X509Certificate2 root)
    {
        string found = CoordinatorTrust.FingerprintOf(root);
        Demand(trust.Roots, found, "this Marble pins");
        Demand(_required, found, "Marble:CoordinatorRequirements:Roots asks for");
    }

    private void Demand(ImmutableArray<string> expected, string found, string who)
    {
        if (expected.Length > 0 && !expected.Contains(found))
        {
            throw Untrusted.Refuse(
                address,
                $"the SHA-256 of its root certificate is {found}, but {who} {string.Join(" or ", expected)}",
                "Check that the address is the right deployment's; if the deployment was set up anew, build this Marble with its new root.");
        }
    }
}
