using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Collateral as one JSON object of strings.</summary>
internal static class DcapCollateralJson
{
    private const string TcbInfo = "tcb_info";
    private const string QeIdentity = "qe_identity";
    private const string SignatureSuffix = "_signature";
    private const string ChainSuffix = "_issuer_chain";
    private const string PckList = "pck_crl";
    private const string RootList = "root_ca_crl";
    private const string PckChain = "pck_certificate_chain";

    private const int MostNamesTold = 8;
    private const int LongestNameTold = 40;

    private static readonly string[] s_members =
    [
        TcbInfo, TcbInfo + SignatureSuffix, TcbInfo + ChainSuffix,
        QeIdentity, QeIdentity + SignatureSuffix, QeIdentity + ChainSuffix,
        PckList, PckList + ChainSuffix, RootList, PckChain,
    ];

    public static DcapCollateral Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, CollateralJson.Strict);
            JsonElement root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object
                ? throw new FormatException("The collateral is not a JSON object.")
                : !s_members.Any(m => root.TryGetProperty(m, out _))
                ? throw new FormatException(Describe(root))
                : new DcapCollateral
                {
                    TcbInfo = ReadDocument(root, TcbInfo),
                    QeIdentity = ReadDocument(root, QeIdentity),
                    RootRevocationList = ReadHex(root, RootList),
                    PckRevocationList = ReadHex(root, PckList),
                    PckRevocationListIssuerChain = ReadText(root, PckList + ChainSuffix),
                    PckCertificateChain = ReadText(root, PckChain),
                };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The collateral is not a JSON object of strings: {e.Message}", e);
        }
    }

    public static byte[] Write(DcapCollateral collateral)
    {
        var buffer = new ArrayBufferWriter<byte>();

        // PEM and JSON inside of JSON stay readable.
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            WriteDocument(writer, TcbInfo, collateral.TcbInfo);
            WriteDocument(writer, QeIdentity, collateral.QeIdentity);
            WriteHex(writer, PckList, collateral.PckRevocationList);
            WriteText(writer, PckList + ChainSuffix, collateral.PckRevocationListIssuerChain);
            WriteHex(writer, RootList, collateral.RootRevocationList);
            WriteText(writer, PckChain, collateral.PckCertificateChain);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    // The most common mistake is an answer of Intel's service or a PCCS in place of the object.
    private static string Describe(JsonElement root)
    {
        string[] names = [.. root.EnumerateObject().Take(MostNamesTold).Select(m => m.Name)];
        bool isAnswer = names.Any(n => n is "tcbInfo" or "enclaveIdentity");
        string members = names.Length == 0 ? "none" : string.Join(", ", names.Select(Shorten));
        return $"The object has no member of collateral ({string.Join(", ", s_members)}), but {members}."
            + (isAnswer
                ? " It is one answer of Intel's service or a PCCS, without the chain in its headers: give the address of the service "
                + "instead, or a bundle folder."
                : string.Empty);
    }

    private static string Shorten(string name) => name.Length <= LongestNameTold ? name : name[..LongestNameTold] + "…";

    private static DcapSignedDocument? ReadDocument(JsonElement root, string key) =>
        ReadText(root, key) is { } body
            ? new DcapSignedDocument(
                body,
                ReadHex(root, key + SignatureSuffix) ?? default,
                ReadText(root, key + ChainSuffix) ?? default)
            : null;

    private static ReadOnlyMemory<byte>? ReadText(JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new FormatException($"The value of {key} in the collateral is not a string.");
        }

        return Encoding.UTF8.GetBytes(value.GetString()!);
    }

    private static ReadOnlyMemory<byte>? ReadHex(JsonElement root, string key)
    {
        if (ReadText(root, key) is not { } text)
        {
            return null;
        }

        var bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text.Span, bytes, out _, out _) == OperationStatus.Done
            ? bytes
            : throw new FormatException($"The value of {key} in the collateral is not hex.");
    }

    private static void WriteDocument(Utf8JsonWriter writer, string key, DcapSignedDocument? document)
    {
        WriteText(writer, key, document?.Body);
        WriteHex(writer, key + SignatureSuffix, document?.Signature);
        WriteText(writer, key + ChainSuffix, document?.IssuerChain);
    }

    private static void WriteText(Utf8JsonWriter writer, string key, ReadOnlyMemory<byte>? value)
    {
        if (value is { } text)
        {
            writer.WriteString(key, text.Span);
        }
    }

    private static void WriteHex(Utf8JsonWriter writer, string key, ReadOnlyMemory<byte>? value)
    {
        if (value is { } bytes)
        {
            writer.WriteString(key, Convert.ToHexStringLower(bytes.Span));
        }
    }
}
