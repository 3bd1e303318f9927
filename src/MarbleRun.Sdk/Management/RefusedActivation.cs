using System.Collections.Immutable;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>An activation or a renewal that the Coordinator refused. Its texts come in part from an unauthenticated caller; the
/// Coordinator replaces control characters and limits lengths.</summary>
public sealed class RefusedActivation
{
    /// <summary>When the Coordinator refused it for the first time, in whole seconds.</summary>
    public DateTimeOffset FirstTime { get; init; }

    /// <summary>When the Coordinator refused it for the last time, in whole seconds.</summary>
    public DateTimeOffset LastTime { get; init; }

    /// <summary>How often the same caller was refused for the same reason.</summary>
    public ulong Count { get; init; } = 1;

    /// <summary><c>marble.activate</c> or <c>marble.renew</c>, as in the audit trail.</summary>
    public required string Action { get; init; }

    /// <summary>The Marble type; <c>(unknown)</c> if the manifest does not name the requested one.</summary>
    public required string MarbleType { get; init; }

    /// <summary>SHA-256 of the caller's certificate, lower-case hex; null if it had none.</summary>
    public string? Certificate { get; init; }

    /// <summary>The reason as in the Coordinator's metrics, for instance <c>quote</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>What the caller got as the reason.</summary>
    public required string Message { get; init; }

    /// <summary>The kind of verdict about the evidence, for instance <c>policy</c>; null if the evidence was not the reason.</summary>
    public string? Verdict { get; init; }

    /// <summary>The checks of the evidence in their order, without <see cref="VerdictCheck.IsTransient"/>; only a failed one has texts.
    /// Empty if the evidence was not the reason.</summary>
    public ImmutableArray<VerdictCheck> Checks { get; init; } = [];
}
