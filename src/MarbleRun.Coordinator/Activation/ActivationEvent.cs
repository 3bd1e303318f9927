namespace MarbleRun.Coordinator.Activation;

/// <summary>One successful activation.</summary>
/// <param name="Time">When it was answered.</param>
/// <param name="MarbleType">A type of the manifest that was in force.</param>
/// <param name="Uuid">The instance.</param>
/// <param name="QuoteSha256">SHA-256 of the quote, without the evidence header, in lower-case hex; null for an empty quote.</param>
internal sealed record ActivationEvent(DateTimeOffset Time, string MarbleType, Guid Uuid, string? QuoteSha256);
