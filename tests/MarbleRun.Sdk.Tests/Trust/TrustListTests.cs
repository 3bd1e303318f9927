using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>Which lists a Marble takes from a Coordinator that may be hostile.</summary>
public sealed class TrustListTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _updated;
    private readonly TestAuthority _other;
    private readonly TrustHolder _trust;

    public TrustListTests()
    {
        _authority = new TestAuthority(_clock);
        _updated = _authority.Update();
        _other = new TestAuthority(_clock);
        _trust = TestIdentities.Create(_authority, "frontend").Trust;
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    public void Dispose()
    {
        _authority.Dispose();
        _updated.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void List_OfTheDeployment_IsTaken()
    {
        Assert.Null(Refusal(TestTrust.Create(_authority, 7, TestTrust.MarbleType("backend"))));

        Assert.Equal(7ul, _trust.Current!.Number);
        Assert.Equal(1, _trust.Current.Revocations.Count);
        Assert.Equal(Now, _trust.Current.Received);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithABadSignature_IsRefused()
    {
        SignedTrustList signed = TestTrust.Create(_authority, 7).Sign(_authority);
        byte[] changed = signed.List.ToByteArray();
        changed[1] ^= 1;
        signed.List = ByteString.CopyFrom(changed);

        Assert.Equal("this deployment's root did not sign it", Refusal(signed));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_SignedAsAManifest_IsRefused()
    {
        byte[] list = TestTrust.Create(_authority, 7).ToByteArray();

        Assert.Equal(
            "this deployment's root did not sign it",
            Refusal(new SignedTrustList
            {
                List = ByteString.CopyFrom(list),
                Signature = ByteString.CopyFrom(_authority.SignManifest(list)),
            }));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_OfAnotherDeployment_IsRefused()
    {
        Assert.Equal("this deployment's root did not sign it", Refusal(TestTrust.Create(_other, 7).Sign(_other)));
        Assert.Equal("it is of another deployment", Refusal(TestTrust.Create(_other, 7).Sign(_authority)));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithALowerNumber_IsRefusedAndTheOldOneStays()
    {
        Assert.Null(Refusal(TestTrust.Create(_authority, 7, TestTrust.MarbleType("backend"))));

        Assert.Equal("its number is 6, and the current list's is 7", Refusal(TestTrust.Create(_authority, 6)));
        Assert.Equal(
            "it has the number of the current list, 7, and another content", Refusal(TestTrust.Create(_authority, 7)));
        Assert.Equal(1, _trust.Current!.Revocations.Count);
    }

    [Fact]
    public void List_SentAgain_ChangesNothing()
    {
        int changes = 0;
        _trust.Changed += () => changes++;
        TrustList list = TestTrust.Create(_authority, 7);
        Assert.Null(Refusal(list));
        MarbleTrust? first = _trust.Current;

        Assert.Null(Refusal(list));

        Assert.Same(first, _trust.Current);
        Assert.Equal(1, changes);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithAForeignAuthority_IsRefused()
    {
        string? refusal = Refusal(TestTrust.Create(_authority, 7).WithOverlap(_other, Now.AddHours(1)));

        Assert.Equal(
            "an authority in it is not of this deployment: the certificate was not issued by the authority of this mesh", refusal);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithAnIntermediateOfAnotherKey_IsRefused()
    {
        TrustList list = TestTrust.Create(_authority, 7);
        list.Authorities[0].IntermediateCertificate = ByteString.CopyFrom(_updated.Intermediate.RawData);

        Assert.Equal("an authority in it has two keys", Refusal(list));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WhoseMarbleRootIsNotSelfSigned_IsRefused()
    {
        TrustList list = TestTrust.Create(_authority, 7);
        list.Authorities[0].MarbleRootCertificate = list.Authorities[0].IntermediateCertificate;

        Assert.Equal("a Marble root in it is not self-signed", Refusal(list));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WhoseMarbleRootHasABrokenSignature_IsRefused()
    {
        TrustList list = TestTrust.Create(_authority, 7);
        byte[] root = list.Authorities[0].MarbleRootCertificate.ToByteArray();
        root[^1] ^= 1;
        list.Authorities[0].MarbleRootCertificate = ByteString.CopyFrom(root);

        Assert.Equal("a Marble root in it is not self-signed", Refusal(list));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithAMarbleAsAuthority_IsRefused()
    {
        using X509Certificate2 leaf = _authority.IssueMarble("backend");
        TrustList list = TestTrust.Create(_authority, 7);
        list.Authorities[0].MarbleRootCertificate = ByteString.CopyFrom(leaf.RawData);

        Assert.Equal("a certificate in it is not an authority's", Refusal(list));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_FromAServerWithoutTheKeyOfItsFirstAuthority_IsRefused()
    {
        SignedTrustList list = TestTrust.Create(_authority, 7).Sign(_authority);

        Assert.False(_trust.TryAccept(list, TestTrust.Source(_updated), Now, out string? reason));
        Assert.Equal("the server that sent it does not have the key of its first authority", reason);
        Assert.Null(_trust.Current);
    }

    [Fact]
    public void List_AfterAnUpdate_IsTakenFromTheServerThatHasProvenItself()
    {
        TrustSource server = TestTrust.Source(_authority);
        SignedTrustList after = TestTrust.Create(_updated, 8).WithOverlap(_authority, Now.AddHours(1)).Sign(_authority);

        Assert.False(_trust.TryAccept(after, server, Now, out _));
        Assert.True(_trust.TryAccept(TestTrust.Create(_authority, 7).Sign(_authority), server, Now, out _));
        Assert.True(_trust.TryAccept(after, server, Now, out _));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Overlap_WithoutEnd_IsRefusedOrCutToSevenDays()
    {
        TrustList list = TestTrust.Create(_updated, 7).WithOverlap(_authority, Now.AddHours(1));
        list.Authorities[1].Until = 0;
        Assert.Equal("an overlap has no end", Refusal(list, _updated));

        list.Authorities[1].Until = long.MaxValue;
        Assert.Null(Refusal(list, _updated));

        Assert.Equal(Now.AddDays(7), _trust.Current!.Authorities[1].Until);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Overlap_ThatEachListMakesLonger_EndsSevenDaysAfterTheFirst()
    {
        DateTimeOffset first = Now;
        for (ulong number = 7; number < 12; number++)
        {
            Assert.Null(Refusal(TestTrust.Create(_updated, number).WithOverlap(_authority, Now.AddDays(30)), _updated));
            _clock.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(first.AddDays(7), _trust.Current!.Authorities[1].Until);
    }

    /// <summary>Otherwise each gap would begin seven new days.</summary>
    [Fact]
    [Trait("Security", "C11")]
    public void Overlap_ThatAListOmitted_IsOverThoughLaterListsNameIt()
    {
        Assert.Null(Refusal(TestTrust.Create(_updated, 7).WithOverlap(_authority, Now.AddDays(30)), _updated));
        _clock.Advance(TimeSpan.FromDays(1));
        DateTimeOffset omitted = Now;
        Assert.Null(Refusal(TestTrust.Create(_updated, 8), _updated));

        for (ulong number = 9; number < 12; number++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            Assert.Null(Refusal(TestTrust.Create(_updated, number).WithOverlap(_authority, Now.AddDays(30)), _updated));
            Assert.Equal(omitted, _trust.Current!.Authorities[1].Until);
        }
    }

    /// <summary>An authority that issued, and was replaced without an overlap.</summary>
    [Fact]
    [Trait("Security", "C11")]
    public void Overlap_OfAnIssuerThatAListOmitted_IsOver()
    {
        Assert.Null(Refusal(TestTrust.Create(_authority, 7), _authority));
        DateTimeOffset omitted = Now;
        Assert.Null(Refusal(TestTrust.Create(_updated, 8), _updated));
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Null(Refusal(TestTrust.Create(_updated, 9).WithOverlap(_authority, Now.AddDays(30)), _updated));

        Assert.Equal(omitted, _trust.Current!.Authorities[1].Until);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Ends_OfManyAuthorities_AreBounded()
    {
        var issuer = new MeshAnchor(_authority.MarbleRoot);
        MarbleTrust trust = MarbleTrust.Of(_authority.MarbleRoot);
        for (int i = 0; i < MarbleTrust.MostEnds + 10; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using X509Certificate2 root = new CertificateRequest($"CN={i}", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
            trust = new MarbleTrust
            {
                Authorities = [issuer, new MeshAnchor(root, Now.AddSeconds(i), Now.AddSeconds(i))],
                Received = Now,
            }.After(trust);
        }

        Assert.Equal(MarbleTrust.MostEnds, trust.Ends.Count);
        Assert.Contains(trust.Authorities[1].KeyId, trust.Ends.Keys);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithoutAuthorityOrTheSameTwice_IsRefused()
    {
        TrustList none = TestTrust.Create(_authority, 7);
        none.Authorities.Clear();

        Assert.Equal("it has no authority", Refusal(none));
        Assert.Equal("it has an authority twice", Refusal(TestTrust.Create(_authority, 7).WithOverlap(_authority, Now.AddHours(1))));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_WithTooManyMembers_IsRefused()
    {
        TrustList revocations = TestTrust.Create(_authority, 7);
        revocations.Revocations.AddRange(Enumerable.Repeat(TestTrust.MarbleType("backend"), 10_001));
        TrustList authorities = TestTrust.Create(_authority, 7);
        authorities.Authorities.AddRange(Enumerable.Repeat(TestTrust.Describe(_updated, Now.AddHours(1)), 16));

        Assert.Equal("it has 10001 revocations, and at most 10000 are read", Refusal(revocations));
        Assert.Equal("it has 17 authorities, and at most 16 are read", Refusal(authorities));
    }

    [Fact]
    public void List_WithTenThousandRevocations_IsTaken()
    {
        TrustList list = TestTrust.Create(_authority, 7);
        list.Revocations.AddRange(Enumerable.Range(0, 10_000).Select(_ => TestTrust.Instance(Guid.NewGuid())));

        Assert.Null(Refusal(list));
        Assert.Equal(10_000, _trust.Current!.Revocations.Count);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void List_LongerThanFourMebibytes_IsRefusedUnread()
    {
        TrustList list = TestTrust.Create(_authority, 7, TestTrust.MarbleType(new string('a', 4 * 1024 * 1024)));

        Assert.Equal("it is too long", Refusal(list));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Garbage_ThatIsSigned_IsRefused()
    {
        foreach (int length in new[] { 1, 7, 100, 5000 })
        {
            Assert.NotNull(Refusal(TestTrust.Sign(RandomNumberGenerator.GetBytes(length), _authority)));
        }

        TrustList list = TestTrust.Create(_authority, 7);
        list.Authorities[0].MarbleRootCertificate = ByteString.CopyFrom(1, 2, 3);
        Assert.Equal("a certificate or the signature in it cannot be read", Refusal(list));
        Assert.Null(_trust.Current);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [Trait("Security", "C11")]
    public void Revocation_OfAnUnknownSubject_RefusesTheList(int uuidBytes)
    {
        RevokedMarbles revocation = uuidBytes == 0
            ? new RevokedMarbles { Number = 3 }
            : new RevokedMarbles { Number = 3, Uuid = ByteString.CopyFrom(new byte[uuidBytes]) };

        Assert.Equal(
            "revocation 3 has a subject that this version does not understand", Refusal(TestTrust.Create(_authority, 7, revocation)));
    }

    private string? Refusal(TrustList list, TestAuthority? server = null) => Refusal(list.Sign(_authority), server);

    private string? Refusal(SignedTrustList list, TestAuthority? server = null)
    {
        MarbleTrust? before = _trust.Current;
        if (_trust.TryAccept(list, TestTrust.Source(server ?? _authority), Now, out string? reason))
        {
            return null;
        }

        Assert.Same(before, _trust.Current);
        return reason;
    }
}
