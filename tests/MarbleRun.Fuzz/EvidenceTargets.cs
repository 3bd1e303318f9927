using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;

namespace MarbleRun.Fuzz;

/// <summary>The forms in which tools and services write evidence down, for verification by hand.</summary>
internal static class EvidenceTargets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("evidence-file", Read, () => Seeds),
        new("evidence-wrapper", Unwrap, () => Records),
    ];

    /// <summary>Of two and of three, with values whose lengths have each of the sizes that CBOR gives them.</summary>
    private static IEnumerable<byte[]> Records
    {
        get
        {
            foreach (int length in new[] { 1, 200, 600, Simulated.SgxQuote.Length })
            {
                byte[] record = EvidenceWrapper.Wrap(Quote.FromRaw(Simulated.SgxQuote.AsSpan(0, length)));
                yield return record;
                yield return [0x82, .. record[1..^1]];
            }
        }
    }

    private static IEnumerable<byte[]> Seeds
    {
        get
        {
            byte[] quote = Simulated.SgxQuote[..600];
            string base64 = Convert.ToBase64String(quote);
            yield return quote;
            yield return Encoding.ASCII.GetBytes("0x" + Convert.ToHexStringLower(quote));
            yield return Encoding.ASCII.GetBytes(base64);
            yield return Encoding.ASCII.GetBytes(base64.TrimEnd('=').Replace('+', '-').Replace('/', '_') + "\n");
            yield return Encoding.ASCII.GetBytes($"-----BEGIN QUOTE-----\n{base64}\n-----END QUOTE-----\n");
            yield return Encoding.ASCII.GetBytes($$"""{"status":"success","data":{"cert":"","quote":"{{base64}}"} }""");
            yield return Hcl(2);
            yield return Hcl(4);
        }
    }

    private static void Read(byte[] input)
    {
        if (!EvidenceFile.TryRead(input, out EvidenceFile? file, out string? fault))
        {
            if (fault.Length is 0 or > 1024)
            {
                throw new InvalidOperationException("A fault is not a complete text.");
            }

            return;
        }

        // No form makes evidence longer than what was read.
        if (file.Quote.RawData.Length > input.Length || file.Form == EvidenceForm.Unknown)
        {
            throw new InvalidOperationException("Evidence is longer than the file, or of no form.");
        }
    }

    private static void Unwrap(byte[] input)
    {
        if (!EvidenceWrapper.TryUnwrap(input, out Quote? quote, out string? fault))
        {
            if (fault.Length is 0 or > 1024)
            {
                throw new InvalidOperationException("A fault is not a complete text.");
            }

            return;
        }

        // A record has one encoding: what is read and written again is the same, or has a header of 16 bytes more, which it lacked.
        byte[] again = EvidenceWrapper.Wrap(quote);
        byte[] complete = input[0] == 0x82 ? [0x83, .. input[1..], 4] : input;
        if (again.Length < complete.Length + 16 && !again.AsSpan().SequenceEqual(complete))
        {
            throw new InvalidOperationException("Two records mean the same.");
        }

        if (again.Length <= EvidenceWrapper.MaxLength
            && (!EvidenceWrapper.TryUnwrap(again, out Quote? same, out _) || !same.RawData.Span.SequenceEqual(quote.RawData.Span)))
        {
            throw new InvalidOperationException("What was written is not read as the same.");
        }
    }

    private static byte[] Hcl(int kind)
    {
        byte[] data = "{\"keys\":[]}"u8.ToArray();
        byte[] hcl = [.. "HCLA"u8, .. new byte[1232], .. data];
        BinaryPrimitives.WriteInt32LittleEndian(hcl.AsSpan(1224), kind);
        BinaryPrimitives.WriteInt32LittleEndian(hcl.AsSpan(1228), 1);
        BinaryPrimitives.WriteInt32LittleEndian(hcl.AsSpan(1232), data.Length);
        SHA256.HashData(data, hcl.AsSpan(32 + 0x50, SHA256.HashSizeInBytes));
        return hcl;
    }
}
