using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>Trust lists as a Coordinator makes them.</summary>
internal static class TestTrust
{
    /// <summary>A list of one authority.</summary>
    public static TrustList Create(TestAuthority authority, ulong number, params ReadOnlySpan<RevokedMarbles> revocations)
    {
        var list = new TrustList
        {
            Number = number,
            RootFingerprint = ByteString.CopyFrom(authority.Root.GetCertHash(HashAlgorithmName.SHA256)),
        };
        list.Authorities.Add(Describe(authority, until: null));
        foreach (RevokedMarbles revocation in revocations)
        {
            list.Revocations.Add(revocation);
        }

        return list;
    }

    public static TrustList WithOverlap(this TrustList list, TestAuthority authority, DateTimeOffset until)
    {
        list.Authorities.Add(Describe(authority, until));
        return list;
    }

    public static SignedTrustList Sign(this TrustList list, TestAuthority authority) => Sign(list.ToByteArray(), authority);

    public static SignedTrustList Sign(byte[] list, TestAuthority authority) => new()
    {
        List = ByteString.CopyFrom(list),
        Signature = ByteString.CopyFrom(authority.SignTrust(list)),
    };

    public static TrustedAuthority Describe(TestAuthority authority, DateTimeOffset? until) => new()
    {
        MarbleRootCertificate = ByteString.CopyFrom(authority.MarbleRoot.RawData),
        IntermediateCertificate = ByteString.CopyFrom(authority.Intermediate.RawData),
        Until = until?.ToUnixTimeSeconds() ?? 0,
    };

    public static RevokedMarbles Instance(Guid id, ulong number = 1) =>
        new() { Number = number, Uuid = ByteString.CopyFrom(id.ToByteArray(bigEndian: true)) };

    public static RevokedMarbles Certificate(X509Certificate2 leaf, ulong number = 1) =>
        new() { Number = number, Certificate = ByteString.CopyFrom(leaf.GetCertHash(HashAlgorithmName.SHA256)) };

    public static RevokedMarbles MarbleType(string type, ulong number = 1) => new() { Number = number, MarbleType = type };

    public static TrustSource Source(TestAuthority authority) => new(authority.MarbleRoot.RawData);

    /// <summary>Gives an identity a list that it must accept.</summary>
    public static void Receive(this MarbleIdentity identity, TrustList list, TestAuthority authority, DateTimeOffset now) =>
        Assert.True(
            identity.Trust.TryAccept(list.Sign(authority), Source(authority), now, out string? reason), reason);
}
