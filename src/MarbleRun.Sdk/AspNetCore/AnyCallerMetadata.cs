namespace MarbleRun.AspNetCore;

/// <summary>An endpoint with it answers callers that are no Marble.</summary>
/// <param name="Plaintext">Also those that come without TLS.</param>
internal sealed record AnyCallerMetadata(bool Plaintext);
