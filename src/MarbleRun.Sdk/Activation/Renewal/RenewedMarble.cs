using MarbleRun.Activation.Targets;
using MarbleRun.Identity;

namespace MarbleRun.Activation.Renewal;

/// <summary>The result of a renewal.</summary>
/// <param name="Identity">The new identity, verified.</param>
/// <param name="Parameters">Other parameters than those of before, not verified; null if they are the same.</param>
internal sealed record RenewedMarble(MarbleIdentity Identity, ReceivedParameters? Parameters);
