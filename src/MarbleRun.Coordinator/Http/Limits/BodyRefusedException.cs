namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>A body was not read to its end. The sentence goes to the caller.</summary>
internal sealed class BodyRefusedException(BodyRefusal refusal, string message) : MarbleRunException(message)
{
    public BodyRefusal Refusal => refusal;
}
