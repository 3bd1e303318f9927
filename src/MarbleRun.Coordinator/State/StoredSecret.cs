namespace MarbleRun.Coordinator.State;

/// <summary>The value of a secret that is kept: generated once for all Marbles, or given by a user. Empty parts were never set.</summary>
/// <param name="Private">The key itself.</param>
/// <param name="Public">For a symmetric key, the key too.</param>
internal sealed record StoredSecret(ReadOnlyMemory<byte> Private, ReadOnlyMemory<byte> Public)
{
    public override string ToString() => "secret";
}
