using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Quotes;

/// <summary>A supported kind of evidence. The first format that recognizes a file is used.</summary>
internal interface IEvidenceFormat
{
    /// <summary>Whether the bytes have the form of this kind; they may still be damaged.</summary>
    bool Recognizes(Quote quote);

    /// <summary>Creates a verifier with the collateral and root that the user named.</summary>
    Task<IQuoteVerifier> CreateVerifierAsync(EvidenceTrust trust, TimeProvider timeProvider, CancellationToken cancellationToken);

    /// <summary>Returns an expectation of the evidence's own values, so that only its authenticity is verified.</summary>
    QuoteExpectation Expect(Quote quote, bool debug);

    /// <summary>Whether the evidence says that the code can be debugged; false if it is unreadable.</summary>
    bool IsDebug(Quote quote);

    /// <summary>Writes the members of a JSON object: the fields with the names of the vendor's specification.</summary>
    void WriteClaims(Utf8JsonWriter writer, QuoteClaims claims);

    /// <summary>Writes all fields as members of a JSON object; false with a fault if the evidence is unreadable.</summary>
    bool TryWriteContent(Utf8JsonWriter writer, Quote quote, out string? fault);
}
