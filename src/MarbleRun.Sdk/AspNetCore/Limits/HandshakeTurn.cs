namespace MarbleRun.AspNetCore.Limits;

/// <summary>One piece of work of a handshake: it waits for a place, and then has it until the work is done.</summary>
internal sealed class HandshakeTurn(AddressAccount caller, bool isLarge)
{
    public AddressAccount Caller => caller;

    /// <summary>Whether the client has sent much: only certificates are that large, and each has its price.</summary>
    public bool IsLarge => isLarge;

    /// <summary>Completes when the place is there.</summary>
    public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the work began; written by the gate alone.</summary>
    public long Start { get; set; }
}
