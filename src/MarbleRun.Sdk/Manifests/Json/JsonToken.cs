namespace MarbleRun.Manifests.Json;

/// <summary>A value or member name. <paramref name="Next"/> is the index of the token after this one and everything inside it.</summary>
internal readonly record struct JsonToken(JsonKind Kind, int Start, int End, int Next);
