using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Authority;

namespace MarbleRun.Coordinator.Tests.State;

public sealed class StateSerializerTests
{
    private static readonly CoordinatorState s_state = new()
    {
        Generation = 7,
        Authority = MeshAuthorityTests.Create(),
        RootSecret = new byte[] { 1, 2 },
        PreviousRootSecret = new byte[] { 3 },
    };

    [Fact]
    public void Deserialize_WhatWasSerialized_HasEverySecretAndTheGenerationBefore()
    {
        CoordinatorState state = s_state with
        {
            Secrets = s_state.Secrets.Add("cert", new StoredSecret(new byte[] { 4 }, new byte[] { 5 }, new byte[] { 6 })).Add("unset", new StoredSecret(default, default)),
            PreviousSecrets = s_state.PreviousSecrets.Add("cert", new StoredSecret(new byte[] { 7 }, new byte[] { 8 }, new byte[] { 9 })),
        };

        CoordinatorState read = StateSerializer.Deserialize(StateSerializer.Serialize(state));

        Assert.Equal([3], read.PreviousRootSecret.ToArray());
        Assert.Equal(["cert", "unset"], read.Secrets.Keys);
        Assert.Equal("04 05 06", Parts(read.Secrets["cert"]));
        Assert.Equal("07 08 09", Parts(read.PreviousSecrets["cert"]));
        Assert.True(read.Secrets["unset"] is { Private.IsEmpty: true, Public.IsEmpty: true, Certificate.IsEmpty: true });
    }

    [Fact]
    public void Deserialize_FirstFormat_IsReadWithoutAGenerationBefore()
    {
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(s_state with { PreviousRootSecret = default }))!;
        document["Format"] = 1;

        CoordinatorState read = StateSerializer.Deserialize(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()));

        Assert.Equal(7UL, read.Generation);
        Assert.True(read.PreviousRootSecret.IsEmpty);
        Assert.Empty(read.PreviousSecrets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Deserialize_UnknownFormat_IsRefused(int format)
    {
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(s_state))!;
        document["Format"] = format;

        SealedStateException refusal = Assert.Throws<SealedStateException>(() => StateSerializer.Deserialize(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString())));

        Assert.Contains($"has format {format}; this Coordinator reads formats 1 to 2", refusal.Message, StringComparison.Ordinal);
    }

    private static string Parts(StoredSecret secret) =>
        string.Join(' ', new[] { secret.Private, secret.Public, secret.Certificate }.Select(part => Convert.ToHexString(part.Span)));
}
