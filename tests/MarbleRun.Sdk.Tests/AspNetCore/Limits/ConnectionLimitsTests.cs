using MarbleRun.Activation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>The limits of a Marble's endpoints as a configuration gives them.</summary>
public sealed class ConnectionLimitsTests
{
    [Fact]
    public void Limits_OfTheConfiguration_AreTaken()
    {
        MarbleOptions options = Read(
            ("MaxHandshakeBytes", "16384"),
            ("MaxHandshakesAtOnce", "3"),
            ("MaxConnectionsPerAddress", "77"),
            ("HandshakeTimePerSecond", "00:00:00.250"));

        Assert.Equal(
            (16_384, 3, 77, TimeSpan.FromMilliseconds(250)),
            (
                options.ConnectionLimits.MaxHandshakeBytes,
                options.ConnectionLimits.MaxHandshakesAtOnce,
                options.ConnectionLimits.MaxConnectionsPerAddress,
                options.ConnectionLimits.HandshakeTimePerSecond));
    }

    [Theory]
    [InlineData("MaxHandshakeBytes", "2047")]
    [InlineData("MaxHandshakesAtOnce", "1025")]
    [InlineData("MaxConnectionsPerAddress", "0")]
    [InlineData("HandshakeTimePerSecond", "00:00:11")]
    public void Limits_OutOfTheirRange_AreAComplaintByName(string member, string value)
    {
        MarbleOptions options = Read((member, value));
        options.MarbleType = "web";

        Assert.Contains(
            MarbleOptionsRules.Check(options), c => c.StartsWith($"Marble:ConnectionLimits:{member} must be ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MaxHandshakeBytes", "many")]
    [InlineData("MaxHandshakesAtOnce", "-1")]
    [InlineData("HandshakeTimePerSecond", "soon")]
    public void Limits_ThatAreNoNumbers_AreNamed(string member, string value) =>
        Assert.Contains(
            $"Marble:ConnectionLimits:{member} is '{value}'",
            Assert.Throws<OptionsValidationException>(() => Read((member, value))).Message,
            StringComparison.Ordinal);

    private static MarbleOptions Read(params (string Member, string Value)[] limits)
    {
        var options = new MarbleOptions();
        MarbleOptionsSource.ReadSection(
            new ConfigurationBuilder()
                .AddInMemoryCollection(limits.ToDictionary(l => $"Marble:ConnectionLimits:{l.Member}", l => (string?)l.Value))
                .Build(), options);
        return options;
    }
}
