using System.Buffers.Binary;
using System.Text;

namespace MarbleRun.Cli.Packages;

/// <summary>Finds sections of a 64-bit little-endian ELF file. Every offset in it is from the file, and may be wrong.</summary>
internal static class ElfFile
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const uint NoBits = 8;

    private static ReadOnlySpan<byte> Magic => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    public static bool IsElf(ReadOnlySpan<byte> file) => file.Length >= HeaderSize && file.StartsWith(Magic);

    /// <summary>Finds the content of the first section of this name.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">The name, with its dot.</param>
    /// <param name="content">The content.</param>
    /// <param name="fault">Why it was not found.</param>
    public static bool TryFindSection(ReadOnlySpan<byte> file, string name, out ReadOnlySpan<byte> content, out string fault)
    {
        content = default;
        if (!IsElf(file))
        {
            fault = "it is not a 64-bit ELF file";
            return false;
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file[58..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        int names = BinaryPrimitives.ReadUInt16LittleEndian(file[62..]);
        fault = "its section headers are damaged";
        if (count == 0)
        {
            fault = $"section '{name}' not found: it has no sections";
            return false;
        }

        if (size != SectionHeaderSize || names >= count || !TrySlice(file, table, (ulong)(size * count), out ReadOnlySpan<byte> headers)
            || !TryReadContent(file, headers.Slice(names * size, size), out ReadOnlySpan<byte> texts))
        {
            return false;
        }

        byte[] wanted = [.. Encoding.ASCII.GetBytes(name), 0];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = headers.Slice(i * size, size);
            uint text = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (text < (uint)texts.Length && texts[(int)text..].StartsWith(wanted))
            {
                return TryReadContent(file, header, out content);
            }
        }

        fault = $"section '{name}' not found";
        return false;
    }

    private static bool TryReadContent(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header, out ReadOnlySpan<byte> content)
    {
        content = default;
        return BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != NoBits
            && TrySlice(
                file,
                BinaryPrimitives.ReadUInt64LittleEndian(header[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
                out content);
    }

    private static bool TrySlice(ReadOnlySpan<byte> file, ulong offset, ulong length, out ReadOnlySpan<byte> slice)
    {
        bool isInside = offset <= (ulong)file.Length && length <= (ulong)file.Length - offset;
        slice = isInside ? file.Slice((int)offset, (int)length) : default;
        return isInside;
    }
}
