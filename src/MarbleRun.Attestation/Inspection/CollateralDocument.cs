namespace MarbleRun.Attestation.Inspection;

/// <summary>One signed document of collateral: a list, a certificate, TCB info or QE identity.</summary>
/// <param name="Name">What it is, like <c>TCB info</c> or <c>revocation list of the root CA</c>.</param>
public sealed record CollateralDocument(string Name)
{
    /// <summary>From when it is valid; null if it is missing or can't be read.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>The last moment at which a verifier accepts it; null if it is missing or can't be read.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>The number of Intel's TCB recovery (<c>tcbEvaluationDataNumber</c>); null for other documents.</summary>
    public int? TcbEvaluationDataNumber { get; init; }

    /// <summary>
    /// Why a verifier refuses it at any time: it is missing, not signed under the trusted root, or about another platform. Null if it is
    /// genuine.
    /// </summary>
    public string? Fault { get; init; }

    /// <summary>Whether a verifier accepts it at a time.</summary>
    /// <param name="time">The time.</param>
    public bool IsGoodAt(DateTimeOffset time) => Fault is null && IssuedAt <= time && time <= ValidUntil;

    internal static CollateralDocument Missing(string name) => new(name) { Fault = "it is missing" };
}
