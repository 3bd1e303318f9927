using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Secrets;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.AspNetCore.KeyRings;

/// <summary>Key rings of data protection in a folder of the untrusted host, protected with a secret of the mesh.</summary>
[Trait("Security", "E7")]
public sealed class KeyRingTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingLogs _logs = new();
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _other = RandomNumberGenerator.GetBytes(32);

    public KeyRingTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Files => Directory.EnumerateFiles(_folder.Path, "*.xml");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public void Hosts_OfOneSecretAndFolder_UnprotectPayloadsOfEachOther()
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "from the first");
        using ServiceProvider second = Create(_secret);

        Assert.Equal("from the first", Unprotect(second, payload));
        Assert.Equal("from the second", Unprotect(first, Protect(second, "from the second")));
        Assert.Single(Files);
        Assert.DoesNotContain(_logs.Entries, e => e.Contains("refused elements", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hex")]
    [InlineData("HEX")]
    [InlineData("base64")]
    [InlineData("hex with a line break")]
    public void Hosts_OfOneSecretInAnotherForm_UnprotectPayloadsOfEachOther(string form)
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "x");
        string text = form switch
        {
            "hex" => Convert.ToHexStringLower(_secret),
            "HEX" => Convert.ToHexString(_secret),
            "base64" => Convert.ToBase64String(_secret),
            _ => Convert.ToHexStringLower(_secret) + "\n",
        };
        using ServiceProvider second = Create(Encoding.ASCII.GetBytes(text));

        Assert.Equal("x", Unprotect(second, payload));
    }

    [Fact]
    public void StoredXml_OfAnyKey_ContainsNoKeyAndNoSecret()
    {
        using ServiceProvider host = Create(_secret);
        Protect(host, "x");
        IKey key = Assert.Single(host.GetRequiredService<IKeyManager>().GetAllKeys());
        XElement plain = key.Descriptor!.ExportToXml().SerializedDescriptorElement;
        string master = plain.Descendants("value").Single().Value;

        string stored = File.ReadAllText(Assert.Single(Files));

        Assert.Equal(64, Convert.FromBase64String(master).Length);
        Assert.All(
            [
                master, "masterKey", key.KeyId.ToString(), Convert.ToBase64String(_secret), Convert.ToHexStringLower(_secret),
                Convert.ToBase64String(Encoding.UTF8.GetBytes(master))[4..^4],
            ],
            text => Assert.DoesNotContain(text, stored, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Host_OfAnotherSecret_UnprotectsNothingAndUsesAKeyOfItsOwn()
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "x");
        using ServiceProvider second = Create(_other);

        Assert.Throws<CryptographicException>(() => Unprotect(second, payload));
        Assert.Equal("y", Unprotect(second, Protect(second, "y")));
        Assert.Contains(
            _logs.Entries,
            e => e.Contains("The last reason: Another secret than the Marble's encrypted it.", StringComparison.Ordinal));
    }

    [Fact]
    public void StoredXml_WithAnyChangedByte_IsRefused()
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "x");
        string file = Assert.Single(Files);
        XElement stored = XElement.Load(file);
        byte[] content = Convert.FromBase64String(stored.Value);

        foreach (int position in new[] { 0, 11, 12, content.Length / 2, content.Length - 17, content.Length - 1 })
        {
            byte[] changed = [.. content];
            changed[position] ^= 1;
            WriteRing(new XElement(stored.Name, stored.Attributes(), Convert.ToBase64String(changed)));
            using ServiceProvider second = Create(_secret);
            Assert.Throws<CryptographicException>(() => Unprotect(second, payload));
        }

        foreach (string text in new[] { string.Empty, "AAAA", "not Base64", stored.Value[..^8] })
        {
            WriteRing(new XElement(stored.Name, stored.Attributes(), text));
            using ServiceProvider second = Create(_secret);
            Assert.Throws<CryptographicException>(() => Unprotect(second, payload));
        }

        WriteRing(stored);
        using ServiceProvider last = Create(_secret);
        Assert.Equal("x", Unprotect(last, payload));
    }

    [Fact]
    public void StoredXml_WithTheIdentifierOfAnotherSecret_IsRefused()
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "x");
        XElement stored = XElement.Load(Assert.Single(Files));
        WriteRing();
        using (ServiceProvider other = Create(_other))
        {
            Protect(other, "y");
        }

        XElement others = XElement.Load(Assert.Single(Files));
        string otherId = others.Attribute("secret")!.Value;
        Assert.NotEqual(stored.Attribute("secret")!.Value, otherId);
        stored.SetAttributeValue("secret", otherId);
        WriteRing(stored);
        using ServiceProvider both = Create(_secret, _other);

        Assert.Throws<CryptographicException>(() => Unprotect(both, payload));
    }

    [Fact]
    public void StoredXml_OfTwoKeysThatChangedPlaces_KeepsTheirIdentifiers()
    {
        using ServiceProvider first = Create(_secret);
        string payload = Protect(first, "x");
        first.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow.AddDays(30), DateTimeOffset.UtcNow.AddDays(60));
        string[] files = [.. Files.Order()];
        string[] texts = [.. files.Select(File.ReadAllText)];
        Assert.Equal(2, files.Length);
        File.WriteAllText(files[0], texts[1]);
        File.WriteAllText(files[1], texts[0]);

        using ServiceProvider second = Create(_secret);

        Assert.Equal("x", Unprotect(second, payload));
    }

    [Fact]
    public void StoredKey_WithoutEncryption_IsRefused()
    {
        // The owner of the storage adds a key that they know, which would be the newest one.
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("shop").PersistKeysToFileSystem(new DirectoryInfo(_folder.Path));
        using ServiceProvider attacker = services.BuildServiceProvider();
        string forged = attacker.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Protect("forged");
        string known = Assert.Single(Files);
        using ServiceProvider host = Create(_secret);

        string payload = Protect(host, "secret");

        Assert.Throws<CryptographicException>(() => Unprotect(host, forged));
        Assert.Throws<CryptographicException>(
            () => attacker.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Unprotect(payload));
        Assert.Equal(2, Files.Count());
        Assert.Contains(known, Files);
        Assert.Contains(
            _logs.Entries,
            e => e.Contains(
                "The data protection key ring has 0 accepted and 1 refused elements. The last reason: It is not encrypted with a secret of "
                + "the mesh.",
                StringComparison.Ordinal));
    }

    [Fact]
    public void PreviousSecret_DuringARotation_DecryptsAndEncryptsNoMore()
    {
        using ServiceProvider before = Create(_secret);
        string payload = Protect(before, "before");
        string oldFile = Assert.Single(Files);
        using ServiceProvider during = Create(_other, _secret);

        Assert.Equal("before", Unprotect(during, payload));

        during.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(60));
        XElement added = XElement.Load(Assert.Single(Files, f => f != oldFile));
        Assert.NotEqual(XElement.Load(oldFile).Attribute("secret")!.Value, added.Attribute("secret")!.Value);
        using ServiceProvider after = Create(_other);
        Assert.Throws<CryptographicException>(() => Unprotect(after, payload));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(0)]
    public async Task Start_WithAShortSecret_FailsWithTheRemedy(int length)
    {
        using IHost host = CreateHost(services => services.AddMarble(Activate(("RING", new byte[length]))));

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Token));

        Assert.Equal(
            $"The value of 'RING' in the manifest has {length} bytes, and a secret that protects a key ring needs at least 32. Use \"x\": "
            + "{ \"Type\": \"symmetric-key\", \"Size\": 256, \"Shared\": true } and {{ hex .Secrets.x }}.",
            exception.Message);
    }

    [Fact]
    public async Task Start_WithoutTheSecret_SaysWhatTheManifestMustHave()
    {
        using IHost host = CreateHost(services => services.AddMarble(Activate()));

        KeyNotFoundException exception = await Assert.ThrowsAsync<KeyNotFoundException>(() => host.StartAsync(Token));

        Assert.Contains("\"Env\": { \"RING\": \"{{ hex .Secrets.x }}\" }", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutAddMarble_SaysWhatIsMissing()
    {
        using IHost host = CreateHost(_ => { });

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Token));

        Assert.Equal(
            "ProtectKeysWithMarbleSecret needs the Marble services. Call builder.Services.AddMarble() first.", exception.Message);
    }

    [Fact]
    public void Protect_WithoutAPlaceForTheKeyRing_IsRefused()
    {
        var services = new ServiceCollection();
        services.AddMarble(Activate(("RING", _secret)));
        services.AddDataProtection().ProtectKeysWithMarbleSecret("RING");
        using ServiceProvider provider = services.BuildServiceProvider();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => provider.GetRequiredService<IKeyManager>());

        Assert.StartsWith(
            "ProtectKeysWithMarbleSecret needs a place for the key ring. Call PersistKeysToFileSystem(…)",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Protect_Twice_IsRefused()
    {
        IDataProtectionBuilder builder = new ServiceCollection().AddDataProtection().ProtectKeysWithMarbleSecret("RING");

        Assert.Contains(
            "Call it once, with the previous secret as second argument.",
            Assert.Throws<InvalidOperationException>(() => builder.ProtectKeysWithMarbleSecret("OTHER")).Message,
            StringComparison.Ordinal);
    }

    private static string Protect(ServiceProvider host, string text) => Protector(host).Protect(text);

    private static string Unprotect(ServiceProvider host, string payload) => Protector(host).Unprotect(payload);

    private static IDataProtector Protector(ServiceProvider host) =>
        host.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private ServiceProvider Create(byte[] secret, byte[]? previous = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddLogging(l => l.AddProvider(_logs));
        services.AddMarble(Activate(("RING", secret), ("OLD", previous ?? [])));
        services.AddDataProtection().SetApplicationName("shop").PersistKeysToFileSystem(new DirectoryInfo(_folder.Path))
            .ProtectKeysWithMarbleSecret("RING", previous is null ? null : "OLD");
        return services.BuildServiceProvider();
    }

    private IHost CreateHost(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        add(builder.Services);
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(_folder.Path)).ProtectKeysWithMarbleSecret("RING");
        return builder.Build();
    }

    private MarbleActivation Activate(params (string Name, byte[] Value)[] variables) =>
        new(TestIdentities.Create(_authority, "frontend"), new MarbleParameters([], [], []))
        {
            Secrets = new MarbleSecrets(new SecretSource(new SecretValues(
                variables.Select(v => KeyValuePair.Create(v.Name, (ReadOnlyMemory<byte>)v.Value)), []))),
        };

    /// <summary>Replaces the whole key ring.</summary>
    private void WriteRing(params XElement[] elements)
    {
        foreach (string file in Files.ToArray())
        {
            File.Delete(file);
        }

        for (int i = 0; i < elements.Length; i++)
        {
            elements[i].Save(Path.Combine(_folder.Path, $"key-{i}.xml"));
        }
    }
}
