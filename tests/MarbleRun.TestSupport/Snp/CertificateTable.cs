using System.Buffers.Binary;

namespace MarbleRun.TestSupport.Snp;

/// <summary>Writes certificate tables by the GHCB specification on its own, without the code of the reader.</summary>
public static class CertificateTable
{
    public const string Vcek = "63da758de6644564adc5f4b93be8accd";
    public const string Vlek = "a8074bc2a25a483eaae639c045a0b8a1";
    public const string Ask = "4ab7b379bbac4fe4a02f05aef327c782";
    public const string Ark = "c0b406a4a803495297433fb6014cd0ae";
    public const string List = "92f81bc358114d3d97ffd19f88dc67ea";

    /// <summary>All certificates of a hierarchy, its list too.</summary>
    public static byte[] Of(SnpTestPki pki) => Write(
        (pki.Vek.Name.Contains("VLEK", StringComparison.Ordinal) ? Vlek : Vcek, pki.VekDer()),
        (Ask, pki.AskDer()),
        (Ark, pki.ArkDer()),
        (List, pki.RevocationList()));

    public static byte[] Write(params (string Guid, byte[] Content)[] entries)
    {
        int start = 24 * (entries.Length + 1);
        var table = new byte[start + entries.Sum(e => e.Content.Length)];
        int offset = start;
        for (int i = 0; i < entries.Length; i++)
        {
            Convert.FromHexString(entries[i].Guid).CopyTo(table, 24 * i);
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan((24 * i) + 16), offset);
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan((24 * i) + 20), entries[i].Content.Length);
            entries[i].Content.CopyTo(table, offset);
            offset += entries[i].Content.Length;
        }

        return table;
    }
}
