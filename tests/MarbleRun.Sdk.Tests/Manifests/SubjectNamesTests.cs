using System.Net;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Tests.Manifests;

[Trait("Security", "D1")]
[Trait("Security", "D3")]
public sealed class SubjectNamesTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("a-b.c_d.example")]
    [InlineData("*.example")]
    [InlineData("xn--gre-6ka8l.example")]
    [InlineData("1a.2b")]
    [InlineData("10.0.0.7")]
    [InlineData("::1")]
    [InlineData("2001:db8::1")]
    public void FindFault_NameOfACertificate_IsNull(string name) => Assert.Null(SubjectNames.FindFault(name));

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("*", "it is a wildcard for everything")]
    [InlineData("w*.example", "a wildcard must be a complete part of a name")]
    [InlineData("a.*.example", "a wildcard must be the complete first part")]
    [InlineData("*.*", "a wildcard must be the complete first part")]
    [InlineData("a.b.", "it ends with a dot; remove the dot")]
    [InlineData("a..b", "each part between dots must have 1 to 63 characters")]
    [InlineData("a:443", "it has a colon; write the name without port")]
    [InlineData("[::1]", "it has a colon; write the name without port")]
    [InlineData("fe80::1%eth0", "it has a colon; write the name without port")]
    [InlineData("1", "its last part is a number, as if it were an address")]
    [InlineData("10.0.7", "its last part is a number, as if it were an address")]
    [InlineData("010.0.0.7", "its last part is a number, as if it were an address")]
    [InlineData("größe", "it has characters beyond ASCII; write them in Punycode (xn--)")]
    [InlineData("a b", "it has characters other than letters, digits, hyphens and underscores")]
    [InlineData("a\0b", "it has characters other than letters, digits, hyphens and underscores")]
    [InlineData("https//a", "it has characters other than letters, digits, hyphens and underscores")]
    [InlineData("::ffff:10.0.0.7", "it is an IPv4 address in IPv6, a second spelling; write 10.0.0.7")]
    public void FindFault_ImpossibleName_SaysWhy(string name, string fault)
    {
        Assert.Equal(fault, SubjectNames.FindFault(name));
        Assert.False(SubjectNames.TryRead(["ok", name], out _, out string? why));
        Assert.EndsWith(fault, why, StringComparison.Ordinal);
    }

    [Fact]
    public void FindFault_Lengths_AreThoseOfDns()
    {
        string label = new('a', 63);

        Assert.Null(SubjectNames.FindFault($"{label}.{label}.{label}.{new string('a', 61)}"));
        Assert.Equal("it has more than 253 characters", SubjectNames.FindFault($"{label}.{label}.{label}.{new string('a', 62)}"));
        Assert.Equal("each part between dots must have 1 to 63 characters", SubjectNames.FindFault(label + "a"));
    }

    [Fact]
    public void TryRead_NamesGivenTwice_StandOnceInTheirOrder()
    {
        Assert.True(SubjectNames.TryRead(["b", "::1", "a", "B", "::1", "0:0::1", "10.0.0.7"], out SubjectNames? names, out _));

        Assert.Equal(["b", "a"], names.DnsNames);
        Assert.Equal([IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.7")], names.Addresses);
    }

    [Theory]
    [InlineData(98, true)]
    [InlineData(99, false)]
    [InlineData(1000, false)]
    public void TryRead_ManyNames_LeavesRoomForTheLoopbackAddresses(int count, bool isRight)
    {
        Assert.Equal(isRight, SubjectNames.TryRead(Enumerable.Range(0, count).Select(i => $"n{i}"), out _, out string? fault));
        Assert.Equal(isRight ? null : $"{count + 2} names; at most 100 are allowed, loopback addresses included", fault);
    }

    [Theory]
    [InlineData("web.example", null)]
    [InlineData("web.*.example", null)]
    [InlineData("*.*", null)]
    [InlineData("10.0.0.7", null)]
    [InlineData("*", "it is a wildcard for everything")]
    [InlineData("web.", "it ends with a dot; remove the dot")]
    [InlineData("10", "its last part is a number, as if it were an address")]
    public void FindFaultOfPattern_EntryOfAllowedDnsNames_FollowsTheSameRule(string pattern, string? fault) =>
        Assert.Equal(fault, SubjectNames.FindFaultOfPattern(pattern));
}
