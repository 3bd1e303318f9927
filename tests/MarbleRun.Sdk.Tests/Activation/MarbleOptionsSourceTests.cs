using MarbleRun.Activation;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

public sealed class MarbleOptionsSourceTests
{
    [Fact]
    public void ReadEnvironment_VariablesSet_WinOverTheSection()
    {
        MarbleOptions options = Read(
            new() { ["Marble:MarbleType"] = "section", ["Marble:DnsNames:0"] = "section.example" },
            new()
            {
                ["EDG_MARBLE_TYPE"] = "variable",
                ["EDG_MARBLE_DNS_NAMES"] = "a.example,192.0.2.1",
                ["EDG_MARBLE_COORDINATOR_ADDR"] = "c:2001",
            });

        Assert.Equal("variable", options.MarbleType);
        Assert.Equal(["a.example", "192.0.2.1"], options.DnsNames);
        Assert.Equal("c:2001", options.CoordinatorAddress);
    }

    [Fact]
    [Case("marble-api", "Activation: defaults; empty variables count as unset")]
    public void ReadEnvironment_VariablesEmpty_CountAsUnset()
    {
        MarbleOptions options = Read(
            new() { ["Marble:MarbleType"] = "section", ["Marble:CoordinatorAddress"] = "" },
            new() { ["EDG_MARBLE_TYPE"] = "", ["EDG_MARBLE_DNS_NAMES"] = "" });

        Assert.Equal("section", options.MarbleType);
        Assert.Equal(["localhost"], options.DnsNames);
        Assert.Equal("localhost:2001", options.CoordinatorAddress);
    }

    [Fact]
    public void ReadSection_AllMembers_AreRead()
    {
        MarbleOptions options = Read(
            new()
            {
                ["Marble:DnsNames"] = "a.example,b.example",
                ["Marble:UuidFile"] = "/x/uuid",
                ["Marble:ActivationTimeout"] = "00:02:00",
                ["Marble:Simulation"] = "true",
                ["Marble:RequireMarbleClients"] = "false",
                ["Marble:AllowPlaintext"] = "true",
            },
            []);

        Assert.Equal(["a.example", "b.example"], options.DnsNames);
        Assert.Equal("/x/uuid", options.UuidFile);
        Assert.Equal(TimeSpan.FromMinutes(2), options.ActivationTimeout);
        Assert.True(options.Simulation);
        Assert.False(options.RequireMarbleClients);
        Assert.True(options.AllowPlaintext);
    }

    [Fact]
    public void ReadSection_ValueUnreadable_NamesTheKey()
    {
        foreach ((string member, string value, string form) in new[]
        {
            ("Simulation", "maybe", "write true or false"),
            ("ActivationTimeout", "abc", "write a duration as hours:minutes:seconds, for instance 00:01:00"),
            ("ActivationTimeout", "99999999999999999999", "write a duration as hours:minutes:seconds, for instance 00:01:00"),
            ("ConnectionLimits:MaxHandshakeBytes", "99999999999999999999", "write a whole number"),
            ("CoordinatorRequirements:MinimumSequence", "-1", "use a whole number, 0 or greater"),
        })
        {
            OptionsValidationException exception = Assert.Throws<OptionsValidationException>(
                () => Read(new() { [$"Marble:{member}"] = value }, []));

            Assert.Equal($"Marble:{member} is '{value}'; {form}.", exception.Message);
        }
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("true", false)]
    public void ReadEnvironment_OeSimulation_OnlyOneSwitchesOn(string value, bool expected)
    {
        Assert.Equal(expected, Read([], new() { ["OE_SIMULATION"] = value }).Simulation);
    }

    [Theory]
    [InlineData("localhost:2001", "https://localhost:2001/")]
    [InlineData("https://coordinator.example:2001", "https://coordinator.example:2001/")]
    [InlineData("[::1]:2001", "https://[::1]:2001/")]
    public void CoordinatorAddress_HostAndPort_IsRead(string text, string expected)
    {
        Assert.True(CoordinatorAddress.TryParse(text, out Uri? address));
        Assert.Equal(expected, address.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:0")]
    [InlineData("localhost:70000")]
    [InlineData("http://localhost:2001")]
    [InlineData("user@localhost:2001")]
    [InlineData("localhost:2001/path")]
    public void CoordinatorAddress_AnythingElse_IsRefused(string text)
    {
        Assert.False(CoordinatorAddress.TryParse(text, out _));
    }

    private static MarbleOptions Read(Dictionary<string, string?> section, Dictionary<string, string> variables)
    {
        var options = new MarbleOptions();
        MarbleOptionsSource.ReadSection(new ConfigurationBuilder().AddInMemoryCollection(section).Build(), options);
        MarbleOptionsSource.ReadEnvironment(name => variables.GetValueOrDefault(name), options);
        return options;
    }
}
