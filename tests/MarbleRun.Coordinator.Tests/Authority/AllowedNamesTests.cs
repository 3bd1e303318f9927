using System.Collections.Immutable;
using System.Net;
using MarbleRun.Coordinator.Authority;

namespace MarbleRun.Coordinator.Tests.Authority;

[Trait("Security", "D3")]
public sealed class AllowedNamesTests
{
    private static readonly string[] s_labels = ["a", "B", "b", "*", "ab", "a-b", "example"];

    [Theory]
    [InlineData("web.example", "web.example", true)]
    [InlineData("web.example", "WEB.Example", true)]
    [InlineData("web.example", "web.example.evil", false)]
    [InlineData("web.example", "evil.web.example", false)]
    [InlineData("web.example", "webxexample", false)]
    [InlineData("example", "web.example", false)]
    [InlineData("*.example", "web.example", true)]
    [InlineData("*.example", "*.example", true)]
    [InlineData("*.example", "example", false)]
    [InlineData("*.example", "a.b.example", false)]
    [InlineData("*.example", "evilexample", false)]
    [InlineData("web.*.svc", "web.prod.svc", true)]
    [InlineData("web.*.svc", "web.prod.evil.svc", false)]
    [InlineData("web.example", "*.example", false)]
    [InlineData("web.example", "localhost", false)]
    public void FindForbidden_Name_IsAllowedOnlyIfThePatternMatchesAllOfIt(string pattern, string name, bool isAllowed) =>
        Assert.Equal(isAllowed ? null : name, AllowedNames.FindForbidden(new CertificateNames([name], []), [pattern]));

    [Fact]
    public void FindForbidden_NoListAtAll_AllowsEverything() =>
        Assert.Null(AllowedNames.FindForbidden(new CertificateNames(["anything"], [IPAddress.Parse("10.0.0.1")]), patterns: null));

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("10.0.0.7", null)]
    [InlineData("10.0.0.8", "10.0.0.8")]
    public void FindForbidden_Address_IsAllowedIfItIsLoopbackOrListed(string address, string? forbidden) =>
        Assert.Equal(forbidden, AllowedNames.FindForbidden(new CertificateNames([], [IPAddress.Parse(address)]), ["web", "10.0.0.7"]));

    /// <summary>
    /// For thousands of random patterns and names: whatever host a certificate with an allowed name is good for, a certificate with the
    /// pattern itself would be good for.
    /// </summary>
    [Fact]
    [Trait("Security", "D2")]
    public void FindForbidden_RandomPatternsAndNames_IssuedIsWithinAllowed()
    {
        var random = new Random(20261122);
        int allowed = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string pattern = RandomName(random);
            string name = RandomName(random);
            if (AllowedNames.FindForbidden(new CertificateNames([name], []), [pattern]) is not null)
            {
                continue;
            }

            allowed++;
            for (int host = 0; host < 8; host++)
            {
                // A host that the certificate is good for: each wildcard of the name filled with a label.
                string[] labels = [.. name
                    .Split('.')
                    .Select(l => l == "*" ? s_labels.Where(x => x != "*").ElementAt(random.Next(s_labels.Length - 1)) : l)];
                Assert.True(
                    IsGoodFor(pattern.Split('.'), labels), $"{pattern} allowed {name}, which is good for {string.Join('.', labels)}");
            }
        }

        Assert.InRange(allowed, 100, 19_000);
    }

    private static bool IsGoodFor(string[] pattern, string[] host)
    {
        if (pattern.Length != host.Length)
        {
            return false;
        }

        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != "*" && !string.Equals(pattern[i], host[i], StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static string RandomName(Random random) =>
        string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_labels[random.Next(s_labels.Length)]));
}
