using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Inspection;

/// <summary>The certificates in collateral, each once.</summary>
internal sealed class InspectedCertificates
{
    private readonly List<(Certificate Certificate, CollateralDocument Document)> _certificates = [];

    public IEnumerable<CollateralDocument> Documents => _certificates.Select(c => c.Document);

    /// <summary>Adds a certificate, unless it is null or was added before.</summary>
    public void Add(string name, Certificate? certificate, CheckFailure? failure = null)
    {
        if (certificate is not null && _certificates.TrueForAll(c => !c.Certificate.Der.Span.SequenceEqual(certificate.Der.Span)))
        {
            _certificates.Add((certificate, new CollateralDocument(name)
            {
                IssuedAt = certificate.NotBefore,
                ValidUntil = certificate.NotAfter,
                Fault = Text(failure),
            }));
        }
    }

    public static string? Text(CheckFailure? failure) => failure switch
    {
        null => null,
        { Expected: { } expected } => $"{failure.Found}; expected: {expected}",
        _ => failure.Found,
    };
}
