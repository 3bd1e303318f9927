namespace MarbleRun.AspNetCore;

/// <summary>Marks an endpoint that answers callers without a Marble certificate.</summary>
/// <param name="Plaintext">Whether it also answers callers without TLS.</param>
internal sealed record AnyCallerMetadata(bool Plaintext);
