using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation.Trust;

/// <summary>Compares the Coordinator's root certificate with the roots that the measured trust and the host pin.</summary>
internal sealed class RootCheck(CoordinatorAddresses address, CoordinatorTrust trust, MarbleOptions options)
{
    private readonly IReadOnlyList<string> _required = [.. TrustRules.RequiredRoots(options)];

    /// <exception cref="MarbleActivationException">The root is another one.</exception>
    public void ThrowIfUnpinned(X509Certificate2 root)
    {
        string found = CoordinatorTrust.FingerprintOf(root);
        ThrowIfUnpinned(trust.Roots, found, "this Marble pins");
        ThrowIfUnpinned(_required, found, "Marble:CoordinatorRequirements:Roots requires");
    }

    private void ThrowIfUnpinned(IReadOnlyList<string> expected, string found, string who)
    {
        if (expected.Count > 0 && !expected.Contains(found))
        {
            throw Untrusted.Refuse(
                address,
                $"the SHA-256 of its root certificate is {found}, but {who} {string.Join(" or ", expected)}",
                "Check that the address belongs to the right deployment; if the deployment was set up again, build this Marble with its "
                + "new root.");
        }
    }
}
