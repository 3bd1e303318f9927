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
        MarblePeer.TryRead(leaf, out MarblePeer? self) ? self : new MarblePeer(marbleType, Guid.NewGuid()),
        leaf,
        [X509CertificateLoader.LoadCertificate(authority.Intermediate.RawData)],
        X509CertificateLoader.LoadCertificate(authority.MarbleRoot.RawData),
        X509CertificateLoader.LoadCertificate(authority.Root.RawData));

    /// <summary>An identity that replaces another in the same process.</summary>
    public static MarbleIdentity Renew(MarbleIdentity identity, TestAuthority authority, Action<MarbleTemplate>? change = null) => new(
        new MarblePeer(identity.MarbleType, identity.Id),
        authority.IssueMarble(identity.MarbleType, identity.Id, change),
        [X509CertificateLoader.LoadCertificate(authority.Intermediate.RawData)],
        X509CertificateLoader.LoadCertificate(authority.MarbleRoot.RawData),
        X509CertificateLoader.LoadCertificate(authority.Root.RawData),
        identity.Trust);

    public static MarbleActivation Activate(MarbleIdentity identity) => new(identity, new MarbleParameters([], [], []));
}
