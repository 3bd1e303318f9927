namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>A body was not read to its end. The sentence goes to the caller.</summary>
internal sealed class BodyRefusedException(BodyRefusal refusal, string message) : MarbleRunException(message)
{
    public BodyRefusal Refusal => refusal;
}

/// <summary>Why a body was not read to its end.</summary>
internal enum BodyRefusal
{
    /// <summary>It is larger than what is taken.</summary>
    TooLarge = 0,

    /// <summary>Others hold what may be held.</summary>
    Crowded,

    /// <summary>It did not arrive in time.</summary>
    TooSlow,
}
