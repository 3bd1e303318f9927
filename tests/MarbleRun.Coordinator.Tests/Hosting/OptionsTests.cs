using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Reflection;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.State;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

public sealed class OptionsTests : CoordinatorTest
{
    [Fact]
    public async Task Start_SeveralWrongOptions_ReportsAllOfThemAtOnce()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(settings:
            [
                ("MeshAddress", "nowhere"),
                ("ClientAddress", "host:99999"),
                ("SealDirectory", " "),
                ("MaxRequestBodySize", "1"),
                ("Authority:MarbleCertificateLifetime", "00:00:01"),
            ]));

        Assert.Equal(5, exception.Failures.Count());
    }

    [Theory]
    [InlineData("..", "it ends with a dot; remove the dot")]
    [InlineData("*..x", "each part between dots must have 1 to 63 characters")]
    [InlineData("coordinator:4433", "it has a colon; write the name without port")]
    [InlineData("*", "it is a wildcard for everything")]
    [InlineData("a.b.", "it ends with a dot; remove the dot")]
    [InlineData("größe.example", "it has characters beyond ASCII; write them in Punycode (xn--)")]
    [InlineData("10.0.0.300", "its last part is a number, as if it were an address")]
    [InlineData("::ffff:10.0.0.7", "it is an IPv4 address in IPv6, a second spelling; write 10.0.0.7")]
    [Trait("Security", "D1")]
    public async Task Start_NameThatNoCertificateCanHold_IsReportedAsAWrongOption(string name, string reason)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: ("DnsNames", $"localhost, {name}")));

        Assert.Equal(
            $"Coordinator:DnsNames has '{name}', which is neither a DNS name nor an IP address: {reason}.",
            Assert.Single(exception.Failures));
    }

    [Fact]
    [Trait("Security", "D1")]
    public async Task Start_MoreThanAHundredNames_AreReported()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: ("DnsNames", string.Join(',', Enumerable.Range(0, 1000).Select(i => $"n{i}")))));

        Assert.Equal(
            "Coordinator:DnsNames has 1002 names; at most 100 are allowed, loopback addresses included.",
            Assert.Single(exception.Failures));
    }

    [Theory]
    [InlineData("a.example, b.example", null, "a.example b.example")]
    [InlineData(null, "c.example", "c.example")]
    [InlineData(null, null, "localhost")]
    public void DnsNames_OfOneValueOrAList_ReplaceTheDefault(string? text, string? listed, string expected)
    {
        var earlier = new Dictionary<string, string?>
        {
            ["Coordinator:DnsNames"] = listed is null ? null : "earlier.example",
            ["Coordinator:DnsNames:0"] = text is null ? null : "earlier.example",
        };
        var later = new Dictionary<string, string?> { ["Coordinator:DnsNames"] = text, ["Coordinator:DnsNames:0"] = listed };
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(earlier).AddInMemoryCollection(later).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddCoordinatorOptions();
        using ServiceProvider provider = services.BuildServiceProvider();

        IList<string> names = provider.GetRequiredService<IOptions<CoordinatorOptions>>().Value.DnsNames;

        Assert.Equal(expected.Split(' '), names);
    }

    /// <summary>The attribute is what tools read; the validation does not use it.</summary>
    [Fact]
    public void Ranges_OfTheAttributes_AreThoseOfTheValidation()
    {
        int count = 0;
        foreach (Func<CoordinatorOptions, object> section in (Func<CoordinatorOptions, object>[])
            [o => o, o => o.Limits, o => o.Limits.Connections, o => o.Bootstrap])
        {
            foreach (PropertyInfo property in section(new CoordinatorOptions()).GetType().GetProperties())
            {
                // OptionRangesTests has the ranges of times.
                if (property.GetCustomAttribute<RangeAttribute>() is not { } range || property.PropertyType == typeof(TimeSpan))
                {
                    continue;
                }

                long least = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
                long most = Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture);
                Assert.Equal(
                    (true, true, false, false),
                    (IsValid(section, property, least), IsValid(section, property, most),
                        IsValid(section, property, least - 1), IsValid(section, property, most + 1)));
                count++;
            }
        }

        Assert.True(count >= 9);
    }

    [Fact]
    public async Task Start_NamesGivenTwice_StandOnceInTheCertificate()
    {
        CoordinatorHost host = await StartAsync(settings: ("DnsNames", "::1,::1,web,WEB,127.0.0.1,10.0.0.7,10.0.0.7,0:0::1"));

        var names = CertificateNames.Of(host.Services.GetRequiredService<CurrentState>().Value.Authority.Root);

        Assert.Equal(["web"], names.DnsNames);
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.7")], names.IPAddresses);
    }

    [Theory]
    [InlineData("PccsUrl", "localhost:8081", "must be an address like https://localhost:8081, without user, query and fragment")]
    [InlineData("PccsUrl", "ftp://pccs", "must be an address like https://localhost:8081, without user, query and fragment")]
    [InlineData("KdsUrl", "https://user:canary@kds", "must be an address like https://localhost:8081, without user, query and fragment")]
    [InlineData("KdsUrl", "https://kds/?token=canary", "must be an address like https://localhost:8081, without user, query and fragment")]
    [InlineData("BundlePath", "/nowhere/at/all", "is '/nowhere/at/all', which is not a folder that exists")]
    [InlineData("RefreshAfter", "00:00:59", "must be from 1 minute to 30 days")]
    [InlineData("RefreshAfter", "31.00:00:00", "must be from 1 minute to 30 days")]
    [InlineData("FetchTimeout", "00:00:00.9", "must be from 1 second to 1 minute")]
    [InlineData("FetchTimeout", "00:01:01", "must be from 1 second to 1 minute")]
    public async Task Start_WrongSourceOfCollateral_IsReportedWithoutSecrets(string member, string value, string rule)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: ($"Attestation:{member}", value)));

        Assert.Equal($"Coordinator:Attestation:{member} {rule}.", Assert.Single(exception.Failures));
        Assert.DoesNotContain("canary", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PccsUrl", "https://localhost:1", false)]
    [InlineData("KdsUrl", "https://localhost:1", false)]
    [InlineData("BundlePath", "/", false)]
    [InlineData("RefreshAfter", "01:00:00", true)]
    public async Task Start_OutsideSimulation_WarnsWhenNoSourceOfCollateralIsNamed(string member, string value, bool warns)
    {
        CoordinatorHost host = await StartAsync(FakeHardware.Add, ("Simulation", "false"), ($"Attestation:{member}", value));

        Assert.Equal(warns, host.Logs.Entries.Any(e => e.Contains("NoCollateralSource", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("EcdsaP256", 256)]
    [InlineData("EcdsaP384", 384)]
    public async Task Start_KeyAlgorithm_DecidesTheKeysOfAuthoritiesAndMarbles(string algorithm, int bits)
    {
        CoordinatorHost host = await StartAsync(settings: ("Authority:KeyAlgorithm", algorithm));
        await TestManifest.SetAsync(host);

        Protos.Parameters parameters = await MeshClient.ActivateAsync(host, "web");

        var certificates = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
        certificates.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        certificates.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"].ToStringUtf8());
        Assert.All(certificates, c => Assert.Equal(
            bits, System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(c)!.KeySize));
    }

    [Fact]
    public async Task Activate_MarbleCertificate_EndsAfterTheConfiguredTime()
    {
        CoordinatorHost host = await StartAsync(settings: ("Authority:MarbleCertificateLifetime", "2.00:00:00"));
        await TestManifest.SetAsync(host);

        Protos.Parameters parameters = await MeshClient.ActivateAsync(host, "web");

        var chain = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
        chain.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        Assert.Equal(TimeSpan.FromDays(2) + TimeSpan.FromMinutes(10), chain[0].NotAfter - chain[0].NotBefore);
    }

    private static bool IsValid(Func<CoordinatorOptions, object> section, PropertyInfo property, long value)
    {
        var options = new CoordinatorOptions();
        property.SetValue(section(options), Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));
        return !(new CoordinatorOptionsRules().Validate(name: null, options).Failures ?? []).Any(
            f => f.Contains($"{property.Name} ", StringComparison.Ordinal));
    }
}
