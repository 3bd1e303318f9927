using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Cli.Tests.Packages;

/// <summary>Makes signed SIGSTRUCTs, and ELF files that contain them.</summary>
internal static class SigStructBuilder
{
    public const int Size = 1808;

    public static byte[] Create(bool debug = false)
    {
        var data = new byte[Size];
        Convert.FromHexString("06000000E100000000000100000000 00".Replace(" ", string.Empty, StringComparison.Ordinal)).CopyTo(data, 0);
        Convert.FromHexString("01010000600000006000000001000000").CopyTo(data, 24);
        data[928] = debug ? (byte)2 : (byte)0;
        Enumerable.Repeat((byte)0xAB, 32).ToArray().CopyTo(data, 960);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(1024), 7);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(1026), 300);
        using var key = RSA.Create(3072);
        RSAParameters numbers = key.ExportParameters(false);
        Reversed(numbers.Modulus!).CopyTo(data, 128);
        Reversed(numbers.Exponent!).CopyTo(data, 512);
        byte[] signed = [.. data[..128], .. data[900..1028]];
        Reversed(key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)).CopyTo(data, 516);
        return data;
    }

    /// <summary>An ELF file with one section of this name and content.</summary>
    public static byte[] Elf(string section, byte[] content)
    {
        byte[] names = Encoding.ASCII.GetBytes($"\0.shstrtab\0{section}\0");
        int table = 64 + names.Length + content.Length;
        var file = new byte[table + 3 * 64];
        Convert.FromHexString("7F454C460201010000000000000000000300").CopyTo(file, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 1);
        names.CopyTo(file, 64);
        content.CopyTo(file, 64 + names.Length);
        WriteHeader(file.AsSpan(table + 64), name: 1, type: 3, 64, names.Length);
        WriteHeader(file.AsSpan(table + 128), name: 11, type: 1, 64 + names.Length, content.Length);
        return file;
    }

    private static void WriteHeader(Span<byte> header, uint name, uint type, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, name);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
    }

    private static byte[] Reversed(byte[] bytes)
    {
        byte[] copy = [.. bytes];
        Array.Reverse(copy);
        return copy;
    }
}
