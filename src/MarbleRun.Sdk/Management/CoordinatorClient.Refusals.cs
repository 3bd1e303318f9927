using System.Text.Json;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedActivation>> GetRefusalsAsync(CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection.GetAsync(
            "api/v2/refusals", CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
        return [.. ReplyMembers.GetItems(data, "refusals").Select(ReadRefusal)];
    }

    private static RefusedActivation ReadRefusal(JsonElement data) => new()
    {
        FirstTime = ReadTime(data, "firstTime"),
        LastTime = ReadTime(data, "lastTime"),
        Count = ReplyMembers.GetUnsigned(data, "count"),
        Action = ReplyMembers.GetText(data, "action"),
        MarbleType = ReplyMembers.GetText(data, "marbleType"),
        Certificate = ReplyMembers.FindText(data, "certificate"),
        Reason = ReplyMembers.GetText(data, "reason"),
        Message = ReplyMembers.GetText(data, "message"),
        Verdict = ReplyMembers.FindText(data, "verdict"),
        Checks = [.. ReplyMembers.GetItems(data, "checks").Select(ReadCheck)],
    };

    private static VerdictCheck ReadCheck(JsonElement data) => new(
        ReplyMembers.GetText(data, "code"),
        ReplyMembers.GetText(data, "outcome") switch
        {
            "passed" => VerdictCheckOutcome.Passed,
            "failed" => VerdictCheckOutcome.Failed,
            "not_reached" => VerdictCheckOutcome.NotReached,
            _ => throw CoordinatorConnection.Invalid("'outcome' is not one of a check"),
        })
    {
        Expected = ReplyMembers.FindText(data, "expected"),
        Found = ReplyMembers.FindText(data, "found"),
        Source = ReplyMembers.FindText(data, "source"),
        Remedy = ReplyMembers.FindText(data, "remedy"),
    };
}
