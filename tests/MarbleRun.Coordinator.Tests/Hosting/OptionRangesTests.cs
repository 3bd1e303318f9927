using MarbleRun.Coordinator.Hosting;
using Microsoft.Extensions.Configuration;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>The ranges of options hold at both ends, and the error names the option and its range.</summary>
public sealed class OptionRangesTests
{
    [Theory]
    [InlineData("MaxRequestBodySize", "1024", "104857600", "1023", "104857601", "from 1024 to 104857600 bytes")]
    [InlineData("CounterBytesPerType", "4096", "16777216", "4095", "16777217", "from 4096 to 16777216 bytes")]
    [InlineData("Limits:MaxMessageSize", "16384", "4194304", "16383", "4194305", "from 16384 to 4194304 bytes")]
    [InlineData("Limits:MaxStreamsPerConnection", "1", "100", "0", "101", "from 1 to 100")]
    [InlineData("Limits:MaxConnections", "16", "1000000", "15", "1000001", "from 16 to 1000000")]
    [InlineData("Limits:RequestTimeout", "00:00:01", "00:10:00", "00:00:00.9", "00:10:00.1", "from 1 second to 10 minutes")]
    [InlineData("Limits:AnswerTimeout", "00:00:01", "01:00:00", "00:00:00.9", "01:00:00.1", "from 1 second to 1 hour")]
    [InlineData("Limits:MaxClientHandshakeBytes", "2048", "262144", "2047", "262145", "from 2048 to 262144 bytes")]
    [InlineData(
        "Authority:MarbleCertificateLifetime", "00:01:00", "106751.00:00:00", "00:00:59", "106751.00:00:01",
        "from 1 minute to 106751 days")]
    [InlineData("Attestation:RefreshAfter", "00:01:00", "30.00:00:00", "00:00:59", "30.00:00:01", "from 1 minute to 30 days")]
    [InlineData("Attestation:FetchTimeout", "00:00:01", "00:01:00", "00:00:00.9", "00:01:00.1", "from 1 second to 1 minute")]
    [InlineData("Bootstrap:MaxManifestSize", "16384", "16777216", "16383", "16777217", "from 16384 to 16777216 bytes")]
    public void Option_AtAndBeyondItsEnds_IsAcceptedAndRefused(
        string option, string lowest, string highest, string tooLow, string tooHigh, string range)
    {
        Assert.DoesNotContain(Validate(option, lowest), f => f.Contains(option, StringComparison.Ordinal));
        Assert.DoesNotContain(Validate(option, highest), f => f.Contains(option, StringComparison.Ordinal));
        Assert.Contains($"Coordinator:{option} must be {range}.", Validate(option, tooLow));
        Assert.Contains($"Coordinator:{option} must be {range}.", Validate(option, tooHigh));
    }

    private static IEnumerable<string> Validate(string option, string value)
    {
        CoordinatorOptions options = new ConfigurationBuilder()
            .AddInMemoryCollection([new(option, value)])
            .Build()
            .Get<CoordinatorOptions>()!;
        return new CoordinatorOptionsRules().Validate(name: null, options).Failures ?? [];
    }
}
