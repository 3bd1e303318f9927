using System.Collections.Concurrent;
using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The highest <c>tcbEvaluationDataNumber</c> so far, for each TEE and family of platforms, because caches renew the documents of a family
/// together. Callers must pass only genuine and current documents: others could raise a number, and good collateral would be refused.
/// </summary>
internal sealed class EvaluationNumbers
{
    private readonly ConcurrentDictionary<string, int> _highest = [];

    /// <summary>The lowest number that is accepted in any case.</summary>
    public int Minimum { get; init; }

    public CheckFailure? Check(TcbInfo info) =>
        Check($"TCB info of {info.Tee} {Convert.ToHexString(info.Fmspc)}", info.EvaluationDataNumber);

    public CheckFailure? Check(QeIdentity identity, ReadOnlySpan<byte> fmspc) =>
        Check($"QE identity {identity.Id} for FMSPC {Convert.ToHexString(fmspc)}", identity.EvaluationDataNumber);

    private CheckFailure? Check(string name, int number)
    {
        int highest = _highest.AddOrUpdate(name, number, (_, seen) => Math.Max(seen, number));
        return number < highest ? Refuse(highest, "the highest seen so far")
            : number < Minimum ? Refuse(Minimum, "the configured minimum")
            : null;

        CheckFailure Refuse(int least, string why) =>
            new(VerdictReason.CollateralExpired, $"a {name} with tcbEvaluationDataNumber {least} ({why}) or higher", $"{number}");
    }
}
