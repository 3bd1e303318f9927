using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>How the verification of a Coordinator ended.</summary>
internal enum AttestationOutcome
{
    /// <summary>There is no policy, so nothing could be compared.</summary>
    NotDone,

    /// <summary>The user switched the verification off.</summary>
    Skipped,

    Accepted,
    Refused,
}

/// <summary>What a Coordinator answered.</summary>
internal sealed record CoordinatorFacts
{
    /// <summary>What answers at its address.</summary>
    public required ServerFacts Server { get; init; }

    /// <summary>Why the server does not answer over HTTP; null if it does.</summary>
    public string? Fault { get; init; }

    /// <summary>The answer to <c>/api/v2/status</c>.</summary>
    public PageFacts? Status { get; init; }

    /// <summary>The answer to <c>/api/v2/openapi.json</c>.</summary>
    public PageFacts? Api { get; init; }

    /// <summary>Its quote and certificates, verified or not; null if it gave none.</summary>
    public CoordinatorEvidence? Evidence { get; init; }

    public AttestationOutcome Outcome { get; init; }

    /// <summary>The reason of <see cref="Outcome"/>, if it is not accepted.</summary>
    public string Reason { get; init; } = string.Empty;

    public Verdict? Verdict { get; init; }

    /// <summary>The phase in the status; null if the answer is not that of a Coordinator.</summary>
    public CoordinatorPhase? Phase => ReadStatus() is { } data && data.TryGetProperty("code", out JsonElement code)
        && code.TryGetInt32(out int number) && Enum.IsDefined((CoordinatorPhase)number)
            ? (CoordinatorPhase)number
            : null;

    /// <summary>The Coordinator's own words about its phase.</summary>
    public string Message => Text("message") ?? string.Empty;

    /// <summary>What the Coordinator says about the losses that its state survives; null in simulation and from older ones.</summary>
    public string? Sealing => Text("sealing");

    private string? Text(string member) =>
        ReadStatus() is { } data && data.TryGetProperty(member, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;

    private JsonElement? ReadStatus()
    {
        if (Status is not { Status: 200 })
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Status.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("data", out JsonElement data)
                && data.ValueKind == JsonValueKind.Object
                    ? data.Clone()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
