using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace MarbleRun.TestSupport;

/// <summary>The renewals of a <see cref="FakeCoordinator"/>: good ones, unless a test replaces a member. It checks nothing.</summary>
public sealed class FakeRenewals
{
    public FakeRenewals(TestAuthority authority)
    {
        Handler = call => Task.FromResult(Reply(authority, Issue(authority, call)));
    }

    /// <summary>Returns a challenge.</summary>
    public Func<byte[]> Challenge { get; set; } = () => RandomNumberGenerator.GetBytes(32);

    /// <summary>Returns SHA-256 of the manifest.</summary>
    public Func<byte[]> ManifestFingerprint { get; set; } = () => new byte[32];

    /// <summary>Answers a call, or throws <see cref="Grpc.Core.RpcException"/>.</summary>
    public Func<FakeRenewal, Task<FakeRenewalReply>> Handler { get; set; }

    /// <summary>All calls so far; a test waits for the next one by reading it.</summary>
    public Channel<FakeRenewal> Calls { get; } = Channel.CreateUnbounded<FakeRenewal>();

    /// <summary>Issues a certificate for the key of a request, for the Marble that called.</summary>
    public static X509Certificate2 Issue(TestAuthority authority, FakeRenewal call, Action<MarbleTemplate>? change = null)
    {
        var request = CertificateRequest.LoadSigningRequest(call.Request, HashAlgorithmName.SHA256);
        X509Certificate2 current = call.ClientCertificate;
        string type = Encoding.UTF8.GetString(current.Extensions.Single(e => e.Oid?.Value == "1.3.9903.2.1").RawData);
        return authority.IssueMarble(type, Guid.Parse(current.GetNameInfo(X509NameType.SimpleName, forIssuer: false)), template =>
        {
            template.Key = request.PublicKey;
            change?.Invoke(template);
        });
    }

    /// <summary>The reply with a certificate and its issuers.</summary>
    public static FakeRenewalReply Reply(TestAuthority authority, X509Certificate2 leaf) =>
        new(leaf.RawData, authority.Intermediate.RawData, authority.MarbleRoot.RawData);
}
