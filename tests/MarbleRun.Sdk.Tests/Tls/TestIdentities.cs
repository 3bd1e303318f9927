using System.Security.Cryptography.X509Certificates;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Identity;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Tls;

/// <summary>Identities as an activation would give them.</summary>
internal static class TestIdentities
{
    public static MarbleIdentity Create(TestAuthority authority, string marbleType, Action<MarbleTemplate>? change = null) =>
        Create(authority, authority.IssueMarble(marbleType, Guid.NewGuid(), change), marbleType);

    /// <summary>Shows <paramref name="leaf"/>, whatever it is.</summary>
    public static MarbleIdentity Create(TestAuthority authority, X509Certificate2 leaf, string marbleType = "test") => new(
        new MarblePeer(marbleType, Guid.NewGuid()),
        leaf,
        [X509CertificateLoader.LoadCertificate(authority.Intermediate.RawData)],
        X509CertificateLoader.LoadCertificate(authority.MarbleRoot.RawData),
        X509CertificateLoader.LoadCertificate(authority.Root.RawData));

    public static MarbleActivation Activate(MarbleIdentity identity) => new(identity, new MarbleParameters([], [], []));
}
