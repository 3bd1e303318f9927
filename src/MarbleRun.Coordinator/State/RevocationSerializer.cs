using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.State;

/// <summary>Revocations as parts of a <see cref="StateDocument"/> and back.</summary>
internal static class RevocationSerializer
{
    public static StateDocument.RevocationDocument[]? ToDocument(RevocationSet revocations) => revocations.IsEmpty
        ? null
        :
        [
            .. revocations.All.Select(r => new StateDocument.RevocationDocument
            {
                Number = r.Number,
                Kind = (int)r.Subject.Kind,
                Value = r.Subject.Value,
                MarbleTypes = r.MarbleTypes.IsEmpty ? null : [.. r.MarbleTypes],
                Reason = r.Reason,
                Approvals = ToDocument(r.Approvals),
                Since = r.Since,
                LiftApprovals = r.LiftApprovals.IsEmpty ? null : ToDocument(r.LiftApprovals),
                Certificates = r.Certificates.IsEmpty ? null : ToDocument(r.Certificates),
            }),
        ];

    /// <exception cref="JsonException">The documents contradict each other.</exception>
    public static RevocationSet FromDocument(StateDocument.RevocationDocument[]? documents, ulong lastNumber)
    {
        try
        {
            return RevocationSet.Create((documents ?? []).Select(FromDocument), lastNumber);
        }
        catch (ArgumentException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    private static MarbleRevocation FromDocument(StateDocument.RevocationDocument document) =>
        RevocationSubject.TryCreate((RevocationKind)document.Kind, document.Value, out RevocationSubject subject, out string? fault)
        && Enum.IsDefined(subject.Kind)
            ? new MarbleRevocation(
                document.Number, subject, [.. document.MarbleTypes ?? []], document.Reason, FromDocument(document.Approvals))
            {
                Since = document.Since,
                LiftApprovals = FromDocument(document.LiftApprovals ?? []),
                Certificates = FromDocument(document.Certificates ?? []),
            }
            : throw new JsonException($"The subject of revocation {document.Number} {fault ?? "is of an unknown kind"}.");

    private static StateDocument.RevokedCertificateDocument[] ToDocument(ImmutableArray<RevokedCertificate> certificates) =>
    [
        .. certificates.Select(c => new StateDocument.RevokedCertificateDocument
        {
            IssuerKey = Convert.FromHexString(c.IssuerKey),
            SerialNumber = Convert.FromHexString(c.SerialNumber),
            NotAfter = c.NotAfter,
        }),
    ];

    private static ImmutableArray<RevokedCertificate> FromDocument(StateDocument.RevokedCertificateDocument[] documents) =>
    [
        .. documents.Select(d => new RevokedCertificate(
            Convert.ToHexStringLower(d.IssuerKey), Convert.ToHexStringLower(d.SerialNumber), d.NotAfter)),
    ];

    private static StateDocument.VoteDocument[] ToDocument(ImmutableArray<RevocationVote> votes) =>
    [
        .. votes.Select(v => new StateDocument.VoteDocument { User = v.User, CertificateHash = v.CertificateHash, Time = v.Time }),
    ];

    private static ImmutableArray<RevocationVote> FromDocument(StateDocument.VoteDocument[] documents) =>
        [.. documents.Select(d => new RevocationVote(d.User, d.CertificateHash, d.Time))];
}
