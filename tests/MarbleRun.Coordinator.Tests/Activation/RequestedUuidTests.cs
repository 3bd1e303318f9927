using MarbleRun.Coordinator.Activation;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

public sealed class RequestedUuidTests
{
    [Theory]
    [InlineData("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2")]
    [InlineData("6F0C7A0E-4B5D-4B33-9C0E-0D6BF52CF1A2")]
    [InlineData("6f0c7a0e4b5d4b339c0e0d6bf52cf1a2")]
    [InlineData("{6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2}")]
    [InlineData("<6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2>")]
    [InlineData("urn:uuid:6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2")]
    [InlineData("URN:UUID:6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2")]
    [Case("marble-api", "Wire: UUIDs in every form, and broken ones")]
    public void TryParse_EveryAcceptedForm_GivesTheSameUuid(string text)
    {
        Assert.True(RequestedUuid.TryParse(text, out Guid uuid, out string? error));

        Assert.Equal("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2", uuid.ToString("D"));
        Assert.Null(error);
    }

    [Theory]
    [InlineData("", "invalid UUID length: 0")]
    [InlineData("abc", "invalid UUID length: 3")]
    [InlineData("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2\n", "invalid UUID length: 37")]
    [InlineData("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1aX", "invalid UUID format")]
    [InlineData("6f0c7a0e4b5d4b339c0e0d6bf52cf1aX", "invalid UUID format")]
    [InlineData("6f0c7a0e04b5d04b3309c0e00d6bf52cf1a2", "invalid UUID format")]
    [InlineData("urn:xxxx:6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2", "invalid urn prefix: \"urn:xxxx:\"")]
    [InlineData("00000000-0000-0000-0000-000000000000", "the zero UUID names no Marble")]
    [InlineData("00000000000000000000000000000000", "the zero UUID names no Marble")]
    [Case("marble-api", "Wire: UUIDs in every form, and broken ones")]
    public void TryParse_AnythingElse_IsRefusedInTheWordsOfTheWire(string text, string expected)
    {
        Assert.False(RequestedUuid.TryParse(text, out _, out string? error));

        Assert.Equal(expected, error);
    }
}
