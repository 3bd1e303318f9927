using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>What revocations name, and how they are kept.</summary>
public sealed class RevocationSetTests
{
    private static readonly Guid s_uuid = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private static readonly string s_hash = new('a', 64);

    private static readonly RevocableMarble s_marble = new(s_uuid, "web", new string('b', 96), new string('c', 64), s_hash);

    [Theory]
    [InlineData(1, "11111111-2222-3333-4444-555555555555")]
    [InlineData(2, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(3, "web")]
    [InlineData(
        4, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")]
    [InlineData(5, "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc")]
    public void Find_EachKind_FindsItsMarbleAlone(int kind, string value)
    {
        MarbleRevocation revocation = Revocation(7, (RevocationKind)kind, value);
        RevocationSet set = RevocationSet.Empty.With(revocation);
        var other = new RevocableMarble(Guid.NewGuid(), "db", new string('d', 64), new string('e', 64), new string('f', 64));

        Assert.Equal(7UL, set.Find(s_marble)?.Number);
        Assert.True(revocation.Fits(s_marble));
        Assert.Null(set.Find(other));
        Assert.False(revocation.Fits(other));
        Assert.Null(set.Without(7).Find(s_marble));
    }

    [Fact]
    public void Find_MarbleWithoutEvidenceAndCertificate_IsFoundByNameAlone()
    {
        var bare = new RevocableMarble(s_uuid, "web");
        RevocationSet set = RevocationSet.Empty
            .With(Revocation(1, RevocationKind.Measurement, new string('b', 96)))
            .With(Revocation(2, RevocationKind.Platform, new string('c', 64)))
            .With(Revocation(3, RevocationKind.Certificate, s_hash));

        Assert.Null(set.Find(bare));
        Assert.Equal(4UL, set.With(Revocation(4, RevocationKind.Uuid, s_uuid.ToString())).Find(bare)?.Number);
    }

    /// <summary>The host of a revoked machine can hide it from the evidence.</summary>
    [Fact]
    public void Find_MarbleThatHidesItsPlatform_IsRefusedWhileOneOfItsTypeIsRevoked()
    {
        RevocableMarble hidden = s_marble with { Platform = null };
        RevocationSet set = RevocationSet.Empty
            .With(Revocation(1, RevocationKind.Platform, new string('e', 64)) with { Since = null })
            .With(Revocation(2, RevocationKind.Platform, new string('e', 64)) with { MarbleTypes = ["db"] });
        RevocationSet all = set.With(Revocation(3, RevocationKind.Platform, new string('f', 64)));

        Assert.Null(set.Find(hidden));
        Assert.Equal(3UL, all.Find(hidden)?.Number);
        Assert.Equal([3UL], all.FindAll(hidden).Select(r => r.Number));
        Assert.True(all.Find(3)!.Fits(hidden));
        Assert.Equal("this Marble hides its platform, while a platform is revoked (revocation 3)", all.Find(3)!.Describe(hidden));
        Assert.Null(all.Find(s_marble));
        Assert.Null(all.Find(hidden with { Measurement = null }));
    }

    [Fact]
    public void Find_RevocationThatWaits_IsNotFound() =>
        Assert.Null(RevocationSet.Empty.With(Revocation(1, RevocationKind.MarbleType, "web") with { Since = null }).Find(s_marble));

    /// <summary>A Marble chooses its UUID: a user who may revoke one type must not reach another one by it.</summary>
    [Fact]
    public void Find_UuidOfOtherTypes_ReachesOnlyTheTypesOfTheRevocation()
    {
        RevocationSet set = RevocationSet.Empty
            .With(Revocation(1, RevocationKind.Uuid, s_uuid.ToString()) with { MarbleTypes = ["db"] })
            .With(Revocation(2, RevocationKind.Uuid, s_uuid.ToString()) with { MarbleTypes = ["cache", "queue"] });

        Assert.Null(set.Find(s_marble));
        Assert.Equal(1UL, set.Find(s_marble with { MarbleType = "db" })?.Number);
        Assert.Equal(2UL, set.Find(s_marble with { MarbleType = "queue" })?.Number);
    }

    [Theory]
    [InlineData(1, "{11111111-2222-3333-4444-555555555555}", "11111111-2222-3333-4444-555555555555")]
    [InlineData(1, "00000000-0000-0000-0000-000000000000", null)]
    [InlineData(1, "web", null)]
    [InlineData(
        2,
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(2, "aa", null)]
    [InlineData(2, "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    [InlineData(3, "Web", "Web")]
    [InlineData(3, "", null)]
    [InlineData(
        4,
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(4, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    [InlineData(5, "", null)]
    public void TryCreate_Text_IsBroughtIntoOneForm(int kind, string text, string? value)
    {
        bool isValid = RevocationSubject.TryCreate((RevocationKind)kind, text, out RevocationSubject subject, out string? fault);

        Assert.Equal(value, isValid ? subject.Value : null);
        Assert.Equal(value is null, fault is not null);
    }

    [Fact]
    public void With_NumberThatWasUsedBefore_Throws()
    {
        RevocationSet set = RevocationSet.Empty.With(Revocation(3, RevocationKind.MarbleType, "web")).Without(3);

        Assert.Equal(3UL, set.LastNumber);
        Assert.Throws<ArgumentException>(() => set.With(Revocation(3, RevocationKind.MarbleType, "web")));
    }

    [Fact]
    public void Serialize_Revocations_AreReadAgainWithTheirNumbers()
    {
        var vote = new RevocationVote("anna", s_hash, DateTimeOffset.UnixEpoch);
        RevocationSet set = RevocationSet.Empty
            .With(Revocation(2, RevocationKind.Uuid, s_uuid.ToString()) with
            {
                MarbleTypes = ["web", "db"],
                Approvals = [vote],
                LiftApprovals = [vote with { User = "bert" }],
            })
            .With(Revocation(5, RevocationKind.MarbleType, "web") with { Since = null })
            .With(Revocation(9, RevocationKind.Platform, s_hash))
            .Without(9);

        RevocationSet read = Read(set);

        Assert.Equal(9UL, read.LastNumber);
        Assert.Equal([2UL, 5], read.All.Select(r => r.Number));
        MarbleRevocation first = read.All[0];
        Assert.Equal(["web", "db"], first.MarbleTypes);
        Assert.Equal((set.All[0].Subject, "stolen", DateTimeOffset.UnixEpoch), (first.Subject, first.Reason, first.Since));
        Assert.Equal(vote, Assert.Single(first.Approvals));
        Assert.Equal("bert", Assert.Single(first.LiftApprovals).User);
        Assert.False(read.All[1].IsInForce);
    }

    [Fact]
    public void WithCertificates_KeepsThoseThatFitUntilTheyEnd()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddDays(1);
        RevocationSet set = RevocationSet.Empty
            .With(Revocation(1, RevocationKind.MarbleType, "web"))
            .With(Revocation(2, RevocationKind.Platform, new string('c', 64)) with { Since = null })
            .With(Revocation(3, RevocationKind.Uuid, s_uuid.ToString()));
        var early = new RevokedCertificate("0a", "01", now.AddHours(1));
        var late = new RevokedCertificate("0a", "02", now.AddHours(2));
        (RevocableMarble, RevokedCertificate)[] known =
        [
            (s_marble, early),
            (s_marble with { Uuid = Guid.NewGuid() }, late),
            (s_marble with { MarbleType = "db", Uuid = Guid.NewGuid() }, new RevokedCertificate("0a", "03", now.AddHours(1))),
            (s_marble, new RevokedCertificate("0b", "04", now.AddHours(1))),
            (s_marble, new RevokedCertificate("0a", "05", now)),
        ];

        RevocationSet with = set.WithCertificates(known, "0a", now);

        Assert.Equal([late, early], with.Find(1)!.Certificates);
        Assert.Empty(with.Find(2)!.Certificates);
        Assert.Equal([early], with.Find(3)!.Certificates);
        Assert.Same(with, with.WithCertificates(known, "0a", now));
        Assert.Equal([late, early], Read(with).Find(1)!.Certificates);
        var next = new RevokedCertificate("0a", "06", now.AddHours(3));
        RevocationSet later = with.WithCertificates([(s_marble, next)], "0a", now.AddHours(1));
        Assert.Equal([next, late], later.Find(1)!.Certificates);
        Assert.Equal([next], later.Find(3)!.Certificates);
    }

    [Fact]
    public void WithCertificates_TooMany_KeepsAShareOfEachRevocation()
    {
        RevocationSet set = RevocationSet.Empty;
        List<(RevocableMarble, RevokedCertificate)> known = [];
        for (int type = 1; type <= 12; type++)
        {
            set = set.With(Revocation((ulong)type, RevocationKind.MarbleType, $"t{type}"));
            known.AddRange(Enumerable.Range(1, type == 12 ? 1 : 1100).Select(i => (
                new RevocableMarble(Guid.NewGuid(), $"t{type}"),
                new RevokedCertificate("0a", $"{type:x2}{i:x4}", DateTimeOffset.UnixEpoch.AddHours(i)))));
        }

        RevocationSet with = set.WithCertificates(known, "0a", DateTimeOffset.UnixEpoch);

        Assert.Equal(909, with.Find(1)!.Certificates.Length);
        Assert.Equal("01044c", with.Find(1)!.Certificates[0].SerialNumber);
        Assert.Single(with.Find(12)!.Certificates);
        Assert.InRange(with.All.Sum(r => r.Certificates.Length), 9_900, RevokedCertificate.MaxTotal);
        Assert.Same(with, with.WithCertificates(known, "0a", DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void Serialize_NoRevocationAnyMore_KeepsTheLastNumber() =>
        Assert.Equal(4UL, Read(RevocationSet.Empty.With(Revocation(4, RevocationKind.MarbleType, "web")).Without(4)).LastNumber);

    [Theory]
    [InlineData("Kind", "6")]
    [InlineData("Kind", "0")]
    [InlineData("Value", "\"x\"")]
    [InlineData("Number", "8")]
    public void Deserialize_RevocationThatCannotBe_IsRefused(string member, string value)
    {
        CoordinatorState state = SealedFiles.CreateState();
        RevocationSet set = RevocationSet.Empty.With(Revocation(7, RevocationKind.Certificate, s_hash));
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(state with { Revocations = set }))!;
        document["Revocations"]![0]![member] = JsonNode.Parse(value);

        Assert.Throws<SealedStateException>(
            () => StateSerializer.Deserialize(Encoding.UTF8.GetBytes(document.ToJsonString()), state.Protection));
    }

    private static RevocationSet Read(RevocationSet set)
    {
        CoordinatorState state = SealedFiles.CreateState();
        return StateSerializer.Deserialize(StateSerializer.Serialize(state with { Revocations = set }), state.Protection).Revocations;
    }

    private static MarbleRevocation Revocation(ulong number, RevocationKind kind, string value)
    {
        Assert.True(RevocationSubject.TryCreate(kind, value, out RevocationSubject subject, out _));
        return new MarbleRevocation(number, subject, [], "stolen", []) { Since = DateTimeOffset.UnixEpoch };
    }
}
