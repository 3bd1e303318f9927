using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation;

/// <summary>The encoding is the one that docs/attestation-binding.md describes, byte for byte.</summary>
public sealed class AttestationBindingTests
{
    private static readonly JsonElement s_vectors = Read();

    public static TheoryData<string> Bindings =>
        [.. s_vectors.GetProperty("bindings").EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];

    public static TheoryData<string> Records =>
        [.. s_vectors.GetProperty("records").EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Bindings))]
    [Trait("Security", "C1")]
    public void Encode_OfAVector_IsItsEncoding(string name)
    {
        JsonElement vector = Find("bindings", name);

        AttestationBinding binding = Binding(vector);

        Assert.Equal(vector.GetProperty("encoding").GetString(), Convert.ToHexStringLower(binding.Encode()));
        Assert.Equal(vector.GetProperty("reportData").GetString(), binding.ToReportData().ToString());
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Vectors_OfBothDirections_AreForTheConstants()
    {
        JsonElement coordinator = Find("bindings", "a Coordinator to a Marble");
        JsonElement marble = Find("bindings", "a Marble that renews its certificate");

        Assert.Equal(AttestationBinding.CoordinatorToMarble, coordinator.GetProperty("purpose").GetString());
        Assert.Equal(AttestationBinding.CoordinatorRole, coordinator.GetProperty("role").GetString());
        Assert.Equal(AttestationBinding.MarbleRenewal, marble.GetProperty("purpose").GetString());
        Assert.Equal(AttestationBinding.MarbleRole, marble.GetProperty("role").GetString());
        JsonElement requester = Find("bindings", "a Coordinator that asks for the keys");
        JsonElement holder = Find("bindings", "a Coordinator that has the keys");
        Assert.All([requester, holder], v => Assert.Equal(AttestationBinding.KeyHandOver, v.GetProperty("purpose").GetString()));
        Assert.Equal(AttestationBinding.KeyRequesterRole, requester.GetProperty("role").GetString());
        Assert.Equal(AttestationBinding.KeyHolderRole, holder.GetProperty("role").GetString());
    }

    [Fact]
    [Trait("Security", "C1")]
    public void ToReportData_OfAllVectors_DifferFromEachOther()
    {
        string[] reportData = [.. s_vectors.GetProperty("bindings").EnumerateArray().Select(v => Binding(v).ToReportData().ToString())];

        Assert.Equal(9, reportData.Distinct().Count());
    }

    [Fact]
    public void Encode_FieldOfAnotherLength_IsRefused()
    {
        AttestationBinding good = Binding(s_vectors.GetProperty("bindings")[0]);

        Assert.Throws<ArgumentException>(() => (good with { Nonce = new byte[31] }).Encode());
        Assert.Throws<ArgumentException>(() => (good with { KeyHash = new byte[33] }).Encode());
        Assert.Throws<ArgumentException>(() => (good with { RootHash = ReadOnlyMemory<byte>.Empty }).Encode());
        Assert.Throws<ArgumentException>(() => (good with { ManifestHash = new byte[48] }).Encode());
        Assert.Throws<ArgumentException>(() => (good with { Purpose = "é" }).Encode());
        Assert.Throws<ArgumentException>(() => (good with { Role = string.Empty }).Encode());
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Wrap_OfAVector_IsItsRecordAndReadsBack(string name)
    {
        JsonElement vector = Find("records", name);
        byte[] record = Bytes(vector, "record");
        Quote quote = Quote.FromRaw(Bytes(vector, "quote"));

        Assert.Equal(record, EvidenceWrapper.Wrap(quote));
        Assert.True(EvidenceWrapper.TryUnwrap(record, out Quote? read, out string? fault), fault);
        Assert.Equal(quote.RawData.ToArray(), read.RawData.ToArray());
    }

    [Fact]
    [Trait("Security", "G3")]
    public void TryUnwrap_RecordCutAnywhereOrLonger_IsRefusedWithAReason()
    {
        byte[] record = EvidenceWrapper.Wrap(Quote.FromRaw(new byte[300]));

        for (int length = 0; length < record.Length; length++)
        {
            Assert.False(EvidenceWrapper.TryUnwrap(record.AsSpan(0, length), out Quote? none, out string? fault), $"{length}");
            Assert.Null(none);
            Assert.NotEmpty(fault);
        }

        Assert.False(EvidenceWrapper.TryUnwrap([.. record, 0], out _, out _));
        Assert.False(EvidenceWrapper.TryUnwrap(new byte[EvidenceWrapper.MaxLength + 1], out _, out string? tooLong));
        Assert.Contains("longer than", tooLong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another type", "not of the type")]
    [InlineData("a list of four", "not a CBOR record")]
    [InlineData("endorsements", "indicator")]
    [InlineData("a longer form of a length", "cannot be read")]
    [InlineData("a length beyond the end", "cannot be read")]
    [InlineData("an indefinite length", "cannot be read")]
    [InlineData("nothing in it", "empty")]
    [Trait("Security", "G3")]
    public void TryUnwrap_RecordOfAnotherKind_IsRefusedWithTheReason(string what, string reason)
    {
        byte[] record = EvidenceWrapper.Wrap(Quote.FromRaw([1, 2, 3]));
        int value = 1 + 2 + EvidenceWrapper.MediaType.Length;
        switch (what)
        {
            case "another type": record[5] ^= 1; break;
            case "a list of four": record[0] = 0x84; break;
            case "endorsements": record[^1] = 2; break;
            case "a longer form of a length": record = [.. record[..value], 0x58, 19, .. record[(value + 1)..]]; break;
            case "a length beyond the end": record[value] = 0x57; break;
            case "an indefinite length": record[value] = 0x5f; break;
            default: record = [.. record[..value], 0x40, 4]; break;
        }

        Assert.False(EvidenceWrapper.TryUnwrap(record, out _, out string? fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TryUnwrap_RecordWithoutIndicator_IsTaken()
    {
        byte[] record = EvidenceWrapper.Wrap(Quote.FromRaw([1, 2, 3]))[..^1];
        record[0] = 0x82;

        Assert.True(EvidenceWrapper.TryUnwrap(record, out _, out _));
    }

    private static JsonElement Read() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "attestation-binding.json"))).RootElement;

    private static JsonElement Find(string list, string name) =>
        s_vectors.GetProperty(list).EnumerateArray().Single(v => v.GetProperty("name").GetString() == name);

    private static AttestationBinding Binding(JsonElement vector) => new()
    {
        Purpose = vector.GetProperty("purpose").GetString()!,
        Role = vector.GetProperty("role").GetString()!,
        Nonce = Bytes(vector, "nonce"),
        KeyHash = Bytes(vector, "key"),
        RootHash = Bytes(vector, "root"),
        ManifestHash = Bytes(vector, "manifest"),
        Exporter = Bytes(vector, "exporter"),
    };

    private static byte[] Bytes(JsonElement vector, string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);
}
