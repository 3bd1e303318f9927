namespace MarbleRun.Manifests.Json;

/// <summary>Why a text is no JSON, in the words that peers know, and at which byte.</summary>
internal sealed record JsonDefect(string Message, int Offset);
