namespace MarbleRun.TestSupport;

/// <summary>What a <see cref="FakeCoordinator"/> answers to a renewal; every field can be wrong.</summary>
/// <param name="Certificate">X.509, DER.</param>
/// <param name="Intermediate">X.509, DER.</param>
/// <param name="MarbleRoot">X.509, DER.</param>
public sealed record FakeRenewalReply(byte[] Certificate, byte[] Intermediate, byte[] MarbleRoot)
{
    /// <summary>The parameters; null for those that the Marble has.</summary>
    public FakeReply? Parameters { get; init; }
}
