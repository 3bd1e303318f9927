using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;

namespace MarbleRun.Packages.Tests.Contents;

/// <summary>Every text in which a file could tell where it was built: its bytes, and what symbols hide from a search of bytes.</summary>
internal static class BuildTraces
{
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
    private static readonly Guid s_sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    /// <summary>The words that are somewhere in the file.</summary>
    public static IEnumerable<string> Find(string name, byte[] content, IReadOnlyCollection<string> words)
    {
        byte[][] texts = [content, .. Hidden(name, content)];
        return words.Where(word => texts.Any(t => Has(t, Encoding.UTF8, word) || Has(t, Encoding.Unicode, word)));
    }

    /// <summary>The Source Link of symbols.</summary>
    public static string? SourceLink(byte[] pdb) =>
        Information(Open(pdb), EntityHandle.ModuleDefinition, s_sourceLink) is [var link, ..] ? Encoding.UTF8.GetString(link) : null;

    /// <summary>The documents of symbols, each with whether its source is in the symbols themselves.</summary>
    public static IEnumerable<(string Name, bool IsEmbedded)> Documents(byte[] pdb)
    {
        MetadataReader reader = Open(pdb);
        return [.. reader.Documents.Select(
            d => (reader.GetString(reader.GetDocument(d).Name), Information(reader, d, s_embeddedSource).Length > 0))];
    }

    /// <summary>What follows <c>/_</c> is a path of the repository, which a build of anybody has: <c>/_/src/…</c>.</summary>
    private static bool Has(ReadOnlySpan<byte> text, Encoding encoding, string word)
    {
        byte[] sought = encoding.GetBytes(word);
        byte[] before = encoding.GetBytes("/_");
        for (int start = 0, found; (found = text[start..].IndexOf(sought)) >= 0; start += found + 1)
        {
            if (!text[..(start + found)].EndsWith(before))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<byte[]> Hidden(string name, byte[] content) => Path.GetExtension(name) switch
    {
        ".pdb" => OfSymbols(Open(content)),
        ".dll" => OfAssembly(content),
        _ => [],
    };

    private static IEnumerable<byte[]> OfAssembly(byte[] content)
    {
        using var reader = new PEReader(ImmutableArray.Create(content));
        foreach (DebugDirectoryEntry entry in reader.ReadDebugDirectory().Where(e => e.Type == DebugDirectoryEntryType.EmbeddedPortablePdb))
        {
            using MetadataReaderProvider symbols = reader.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
            foreach (byte[] text in OfSymbols(symbols.GetMetadataReader()))
            {
                yield return text;
            }
        }
    }

    /// <summary>A document's name is stored in pieces, its source compressed.</summary>
    private static IEnumerable<byte[]> OfSymbols(MetadataReader reader)
    {
        foreach (DocumentHandle document in reader.Documents)
        {
            yield return Encoding.UTF8.GetBytes(reader.GetString(reader.GetDocument(document).Name));
            foreach (byte[] source in Information(reader, document, s_embeddedSource))
            {
                yield return BitConverter.ToInt32(source) == 0 ? source : Inflate(source.AsSpan(sizeof(int)).ToArray());
            }
        }
    }

    private static MetadataReader Open(byte[] pdb) =>
        MetadataReaderProvider.FromPortablePdbImage(ImmutableArray.Create(pdb)).GetMetadataReader();

    private static byte[][] Information(MetadataReader reader, EntityHandle parent, Guid kind) =>
    [
        .. reader.GetCustomDebugInformation(parent).Select(reader.GetCustomDebugInformation)
            .Where(i => reader.GetGuid(i.Kind) == kind).Select(i => reader.GetBlobBytes(i.Value)),
    ];

    private static byte[] Inflate(byte[] content)
    {
        using var inflated = new MemoryStream();
        using var stream = new DeflateStream(new MemoryStream(content), CompressionMode.Decompress);
        stream.CopyTo(inflated);
        return inflated.ToArray();
    }
}
