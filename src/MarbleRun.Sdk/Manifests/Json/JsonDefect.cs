namespace MarbleRun.Manifests.Json;

/// <summary>The reason why a text is not JSON, with the text of the protocol, and the byte offset.</summary>
internal sealed record JsonDefect(string Message, int Offset);
