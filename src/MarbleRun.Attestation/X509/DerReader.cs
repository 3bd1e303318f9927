using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.X509;

/// <summary>Reads the parts that certificates and revocation lists have in common, DER (RFC 5280, 4.1 and 5.1).</summary>
internal static class DerReader
{
    private const int UtcTimeYearMax = 2049;
    private const int LongestSerialNumber = 20;

    /// <summary>Converts the exceptions of a reader about malformed input to text.</summary>
    public static bool TryRead<T>(Func<T> read, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? fault)
        where T : class
    {
        try
        {
            value = read();
            fault = null;
            return true;
        }
        catch (AsnContentException e)
        {
            value = null;
            fault = e.Message;
            return false;
        }
    }

    public static void Require([DoesNotReturnIf(false)] bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new AsnContentException(otherwise);
        }
    }

    /// <summary>Throws if there are too many extensions or fields.</summary>
    public static void RequireFew(int count) =>
        Require(count <= EvidenceLimits.MostExtensions, $"There are more than {EvidenceLimits.MostExtensions} extensions or fields.");

    /// <summary>An object identifier, of a limited length, so that formatting it is cheap.</summary>
    public static string ReadObjectIdentifier(AsnReader reader)
    {
        Require(
            reader.PeekContentBytes().Length <= EvidenceLimits.MostIdentifierBytes,
            $"An object identifier has more than {EvidenceLimits.MostIdentifierBytes} bytes.");
        return reader.ReadObjectIdentifier();
    }

    public static ReadOnlyMemory<byte> ReadName(AsnReader reader)
    {
        Require(reader.PeekTag() == Asn1Tag.Sequence, "A name is not a SEQUENCE.");
        return reader.ReadEncodedValue();
    }

    public static ReadOnlyMemory<byte> ReadSerialNumber(AsnReader reader)
    {
        ReadOnlyMemory<byte> number = reader.ReadIntegerBytes();
        int length = number.Span[0] == 0 ? number.Length - 1 : number.Length;
        Require(length <= LongestSerialNumber && number.Span[0] < 0x80, "The serial number is negative or longer than 20 bytes.");
        return number;
    }

    public static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime)
            ? reader.ReadUtcTime(UtcTimeYearMax)
            : reader.ReadGeneralizedTime();
}
