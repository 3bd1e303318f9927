using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The 64 bytes that the attested code puts into its quote.
/// </summary>
/// <remarks>
/// The layout is the one of MarbleRun 1.9: SHA-256 in the first 32 bytes, zero in the rest
/// (Intel SGX: <c>REPORTDATA</c> of the report body; Intel TDX and AMD SEV-SNP: <c>REPORT_DATA</c>).
/// </remarks>
public readonly struct ReportData : IEquatable<ReportData>
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 64;

    private readonly Buffer _bytes;

    private ReportData(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
    }

    /// <summary>Creates report data from its 64 bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public static ReportData FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"Report data is {Size} bytes; {bytes.Length} were given.", nameof(bytes));
        }

        return new ReportData(bytes);
    }

    /// <summary>The report data that binds a quote to a certificate: SHA-256(certificate).</summary>
    /// <param name="certificate">The whole certificate, DER.</param>
    public static ReportData ForCertificate(ReadOnlySpan<byte> certificate) => ForCertificate(certificate, []);

    /// <summary>The report data that binds a quote to a certificate and a moment: SHA-256(certificate ‖ nonce).</summary>
    /// <param name="certificate">The whole certificate, DER.</param>
    /// <param name="nonce">Bytes that the relying party chose; may be empty.</param>
    public static ReportData ForCertificate(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> nonce)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate);
        hash.AppendData(nonce);
        hash.GetHashAndReset(bytes);
        return new ReportData(bytes);
    }

    /// <summary>Writes the 64 bytes.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <summary>Compares all 64 bytes in constant time.</summary>
    /// <param name="other">The other report data.</param>
    public bool Equals(ReportData other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is ReportData other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The 64 bytes as lower-case hex.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);

    /// <summary>Compares all 64 bytes in constant time.</summary>
    public static bool operator ==(ReportData left, ReportData right) => left.Equals(right);

    /// <summary>Compares all 64 bytes in constant time.</summary>
    public static bool operator !=(ReportData left, ReportData right) => !left.Equals(right);

    [InlineArray(Size)]
    private struct Buffer
    {
        private byte _first;
    }
}
