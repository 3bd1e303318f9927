using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A person with a recovery key: what they do with the tools at hand.</summary>
internal sealed class TestParty(string name, int keySize = 2048)
{
    private readonly Lazy<RSA> _key = new(() => RSA.Create(keySize));

    /// <summary>Five of them, whose keys are made once for all tests.</summary>
    public static ImmutableArray<TestParty> Five { get; } = [.. Enumerable.Range(1, 5).Select(i => new TestParty($"party {i}"))];

    /// <summary>Somebody whom no manifest knows.</summary>
    public static TestParty Outsider { get; } = new("outsider");

    public string Name { get; } = name;

    public RSA Key => _key.Value;

    public byte[] Decrypt(ReadOnlyMemory<byte> encrypted) => Key.Decrypt(encrypted.Span, RSAEncryptionPadding.OaepSHA256);

    public byte[] Sign(byte[] share) => Key.SignData(share, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <summary>A manifest of these parties as text; nothing else of it matters here.</summary>
    public static byte[] ManifestOf(int threshold, IEnumerable<TestParty> parties) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        RecoveryKeys = parties.ToDictionary(p => p.Name, p => p.Key.ExportSubjectPublicKeyInfoPem()),
        Config = new { RecoveryThreshold = threshold },
    });

    public static Manifest ParseManifestOf(int threshold, params IEnumerable<TestParty> parties) =>
        ManifestParser.Parse(ManifestOf(threshold, parties));

    public static RecoveryKeySet KeysOf(int threshold, params IEnumerable<TestParty> parties) =>
        RecoveryKeySet.From(ManifestChecker.Check(ManifestOf(threshold, parties)));
}
