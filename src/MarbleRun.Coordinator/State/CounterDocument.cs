using System.Text.Json.Serialization;

namespace MarbleRun.Coordinator.State;

/// <summary>Counters as JSON, before they are sealed apart from the state.</summary>
internal sealed class CounterDocument
{
    /// <summary>Of <c>sealed_counters</c>: the seal of the base that goes with it; absent if it holds all counters itself.</summary>
    public string? Base { get; init; }

    /// <summary>Of <c>sealed_counters</c>: the seal of the base that is about to be written; it goes with it as well.</summary>
    public string? NextBase { get; init; }

    /// <summary>Of <c>sealed_counters</c>: the end of the audit trail when it was made.</summary>
    public StateDocument.AuditHeadDocument? AuditHead { get; init; }

    public required IReadOnlyDictionary<string, ulong> Values { get; init; }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CounterDocument))]
internal sealed partial class CounterJsonContext : JsonSerializerContext;
