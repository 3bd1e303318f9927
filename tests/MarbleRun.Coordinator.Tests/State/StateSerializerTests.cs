using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Tests.State;

public sealed class StateSerializerTests
{
    private static readonly CoordinatorState s_state = new()
    {
        Generation = 7,
        Authority = MeshAuthorityTests.Create(),
        RootSecret = new byte[] { 1, 2 },
        PreviousRootSecret = new byte[] { 3 },
        Protection = StateProtection.Create(),
    };

    [Fact]
    public void Deserialize_WhatWasSerialized_HasEverySecretAndTheGenerationBefore()
    {
        CoordinatorState state = s_state with
        {
            Secrets = s_state.Secrets
                .Add("cert", new StoredSecret(new byte[] { 4 }, new byte[] { 5 }, new byte[] { 6 }))
                .Add("unset", new StoredSecret(default, default)),
            PreviousSecrets = s_state.PreviousSecrets.Add("cert", new StoredSecret(new byte[] { 7 }, new byte[] { 8 }, new byte[] { 9 })),
        };

        CoordinatorState read = StateSerializer.Deserialize(StateSerializer.Serialize(state), state.Protection);

        Assert.Equal([3], read.PreviousRootSecret.ToArray());
        Assert.Equal(["cert", "unset"], read.Secrets.Keys);
        Assert.Equal("04 05 06", Parts(read.Secrets["cert"]));
        Assert.Equal("07 08 09", Parts(read.PreviousSecrets["cert"]));
        Assert.True(read.Secrets["unset"] is { Private.IsEmpty: true, Public.IsEmpty: true, Certificate.IsEmpty: true });
    }

    [Fact]
    public void Deserialize_WhatWasSerialized_HasTheWholeGovernance()
    {
        CoordinatorState state = s_state with
        {
            SecurityVersions = s_state.SecurityVersions.Add("backend", 7),
            PendingUpdate = new PendingUpdate(
                new byte[] { 1, 2, 3 },
                ImmutableSortedDictionary.Create<string, bool>(StringComparer.Ordinal).Add("alice", true).Add("bob", false),
                2),
            UpdateLog = ["""{"time":"now","update":"Initial manifest set"}"""],
            Counters = s_state.Counters.Raise("a:b:c", ulong.MaxValue),
            RecentActivations = s_state.RecentActivations.Add(new string('b', 64), new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero)),
        };
        state = state.Recorded(new AuditHead(5, new string('a', 64))).Recorded("replica-2", new AuditHead(7, new string('c', 64)));

        CoordinatorState read = StateSerializer.Deserialize(StateSerializer.Serialize(state), state.Protection);

        Assert.Equal(7UL, read.SecurityVersions["backend"]);
        Assert.Equal([1, 2, 3], read.PendingUpdate!.Manifest.ToArray());
        Assert.Equal((1, "bob"), (read.PendingUpdate.Missing, Assert.Single(read.PendingUpdate.MissingUsers)));
        Assert.Equal(state.UpdateLog, read.UpdateLog);
        Assert.Equal(ulong.MaxValue, read.Counters.Values["a:b:c"]);
        Assert.Equal(state.AuditHeads, read.AuditHeads);
        Assert.Equal(state.RecentActivations, read.RecentActivations);
    }

    [Fact]
    public void Deserialize_WhatWasSerialized_HasTheOwnersSignatures()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var inForce = ManifestSignature.Sign(new string('a', 64), key, 7, DateTimeOffset.UnixEpoch);
        var waiting = ManifestSignature.Sign(new string('b', 64), key, 8);
        var update = new PendingUpdate(new byte[] { 1 }, ImmutableSortedDictionary<string, bool>.Empty, 2) { Signatures = [waiting] };
        CoordinatorState state = s_state with { ManifestSignatures = [inForce], PendingUpdate = update };

        CoordinatorState read = StateSerializer.Deserialize(StateSerializer.Serialize(state), state.Protection);

        Assert.Equal(inForce.ToString(), Assert.Single(read.ManifestSignatures).ToString());
        Assert.True(read.ManifestSignatures[0].IsGenuine());
        Assert.Equal(waiting.ToString(), Assert.Single(read.PendingUpdate!.Signatures).ToString());
    }

    [Fact]
    public void Deserialize_StateOfAReleaseWithoutSignatures_HasNone()
    {
        byte[] document = StateSerializer.Serialize(
            s_state with { PendingUpdate = new PendingUpdate(new byte[] { 1 }, ImmutableSortedDictionary<string, bool>.Empty, 2) });

        CoordinatorState read = StateSerializer.Deserialize(document, s_state.Protection);

        Assert.DoesNotContain("OwnerSignatures", System.Text.Encoding.UTF8.GetString(document), StringComparison.Ordinal);
        Assert.Empty(read.ManifestSignatures);
        Assert.Empty(read.PendingUpdate!.Signatures);
    }

    [Fact]
    public void Deserialize_SignaturesThatCannotBeRead_IsRefused()
    {
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(s_state))!;
        document["OwnerSignatures"] = Convert.ToBase64String("[]"u8);

        Assert.Throws<SealedStateException>(
            () => StateSerializer.Deserialize(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), s_state.Protection));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(6)]
    public void Deserialize_UnknownFormat_IsRefused(int format)
    {
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(s_state))!;
        document["Format"] = format;

        SealedStateException refusal = Assert.Throws<SealedStateException>(
            () => StateSerializer.Deserialize(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), s_state.Protection));

        Assert.Contains($"has format {format}; this Coordinator reads the formats 3 to 5", refusal.Message, StringComparison.Ordinal);
    }

    private static string Parts(StoredSecret secret) =>
        string.Join(' ', new[] { secret.Private, secret.Public, secret.Certificate }.Select(part => Convert.ToHexString(part.Span)));
}
