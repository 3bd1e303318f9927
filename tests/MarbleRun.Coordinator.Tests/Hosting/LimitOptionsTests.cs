using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>A limit that is out of its range stops the start, with the option's name.</summary>
public sealed class LimitOptionsTests : CoordinatorTest
{
    [Theory]
    [InlineData("Limits:MaxMessageSize", "100")]
    [InlineData("Limits:MaxStreamsPerConnection", "0")]
    [InlineData("Limits:MaxConnections", "1")]
    [InlineData("Limits:MaxUnfinishedBytes", "1000000")]
    [InlineData("Limits:RequestTimeout", "00:00:00")]
    [InlineData("Limits:AnswerTimeout", "02:00:00")]
    [InlineData("Limits:Connections:MaxHandshakeBytes", "100")]
    [InlineData("Limits:MaxClientHandshakeBytes", "2047")]
    [InlineData("Limits:Connections:MaxHandshakesAtOnce", "-1")]
    [InlineData("Limits:Connections:HandshakeTimePerSecond", "00:01:00")]
    [InlineData("Limits:Connections:MaxConnectionsPerAddress", "0")]
    public async Task Start_LimitOutOfItsRange_IsRefusedByName(string member, string value)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(configure: null, (member, value)));

        Assert.Contains($"Coordinator:{member} must be ", exception.Message, StringComparison.Ordinal);
    }
}
