using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MarbleRun.Cli.Packages;

/// <summary>The signature structure of an SGX enclave (Intel SDM, SIGSTRUCT): what a manifest's package names of it.</summary>
internal sealed record SigStruct
{
    public const int Size = 1808;

    private const int SecondHeader = 24;
    private const int Modulus = 128;
    private const int Exponent = 512;
    private const int Signature = 516;
    private const int KeySize = 384;
    private const int Body = 900;
    private const int Attributes = 928;
    private const int EnclaveHash = 960;
    private const int ProductNumber = 1024;
    private const int VersionNumber = 1026;
    private const int BodyEnd = 1028;
    private const byte DebugFlag = 2;

    private static readonly byte[] s_header = [0x06, 0, 0, 0, 0xE1, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 0, 0];
    private static readonly byte[] s_secondHeader = [0x01, 0x01, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 0x01, 0, 0, 0];

    public required string UniqueId { get; init; }

    public required string SignerId { get; init; }

    public required ushort ProductId { get; init; }

    public required ushort SecurityVersion { get; init; }

    /// <summary>Whether the signed attributes make a debug enclave.</summary>
    public required bool Debug { get; init; }

    /// <summary>Whether the signature is the signer's.</summary>
    public required bool IsSignatureValid { get; init; }

    /// <summary>Finds the first structure in data.</summary>
    /// <param name="data">A file, or a section of one.</param>
    /// <param name="fault">Why there is no structure.</param>
    public static SigStruct? Find(ReadOnlySpan<byte> data, out string fault)
    {
        fault = "SGX metadata/SIGSTRUCT not found";
        for (int start = 0; start < data.Length;)
        {
            int found = data[start..].IndexOf(s_header);
            if (found < 0)
            {
                return null;
            }

            start += found;
            if (data.Length - start < Size)
            {
                fault = "SGX metadata/SIGSTRUCT appears to be too small";
                return null;
            }

            ReadOnlySpan<byte> candidate = data.Slice(start, Size);
            if (candidate[SecondHeader..].StartsWith(s_secondHeader))
            {
                return Read(candidate);
            }

            fault = "SGX metadata/SIGSTRUCT has no second header";
            start++;
        }

        return null;
    }

    private static SigStruct Read(ReadOnlySpan<byte> data) => new()
    {
        UniqueId = Convert.ToHexStringLower(data.Slice(EnclaveHash, 32)),
        SignerId = Convert.ToHexStringLower(SHA256.HashData(data.Slice(Modulus, KeySize))),
        ProductId = BinaryPrimitives.ReadUInt16LittleEndian(data[ProductNumber..]),
        SecurityVersion = BinaryPrimitives.ReadUInt16LittleEndian(data[VersionNumber..]),
        Debug = (data[Attributes] & DebugFlag) != 0,
        IsSignatureValid = Verify(data),
    };

    /// <summary>RSA-3072, PKCS #1 v1.5 with SHA-256, over the header and the body; its numbers are little-endian.</summary>
    private static bool Verify(ReadOnlySpan<byte> data)
    {
        byte[] signed = [.. data[..Modulus], .. data[Body..BodyEnd]];
        byte[] signature = Reversed(data.Slice(Signature, KeySize));
        try
        {
            using var key = RSA.Create(new RSAParameters
            {
                Modulus = Reversed(data.Slice(Modulus, KeySize)),
                Exponent = Reversed(data.Slice(Exponent, 4)).SkipWhile(b => b == 0).ToArray(),
            });
            return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            // The numbers are not those of an RSA key.
            return false;
        }
    }

    private static byte[] Reversed(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Array.Reverse(copy);
        return copy;
    }
}
