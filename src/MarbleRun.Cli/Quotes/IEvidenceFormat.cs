using System.Text.Json;
using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>A kind of evidence that the commands know. The first that recognizes a file has it.</summary>
internal interface IEvidenceFormat
{
    /// <summary>Whether the bytes look like this kind; they may still be damaged.</summary>
    bool Recognizes(Quote quote);

    /// <summary>Makes a verifier, with the collateral and root that the user named.</summary>
    Task<IQuoteVerifier> CreateVerifierAsync(VerifyOptions options, TimeProvider timeProvider, CancellationToken cancellationToken);

    /// <summary>Expects what the evidence says of itself, so that nothing but its truth decides.</summary>
    QuoteExpectation Expect(Quote quote, bool debug);

    /// <summary>Whether the evidence says that the code can be debugged; false if it can't be read.</summary>
    bool IsDebug(Quote quote);

    /// <summary>Writes the members of a JSON object: the fields under the names of the vendor's specification.</summary>
    void WriteClaims(Utf8JsonWriter writer, QuoteClaims claims);

    /// <summary>Writes all fields as members of a JSON object; false with a fault if the evidence can't be read.</summary>
    bool TryWriteContent(Utf8JsonWriter writer, Quote quote, out string? fault);
}
