using System.Collections.Immutable;

namespace MarbleRun.Management.Revocations;

/// <summary>An identity that the Coordinator issued: one certificate of a Marble.</summary>
public sealed record IssuedMarble
{
    /// <summary>The Marble type.</summary>
    public required string MarbleType { get; init; }

    /// <summary>The UUID of the instance.</summary>
    public required Guid Id { get; init; }

    /// <summary>The measurement that its evidence proved, lower-case hex; null if it was admitted without evidence.</summary>
    public string? Measurement { get; init; }

    /// <summary>SHA-256 of the machine's PPID or CHIP_ID, lower-case hex; null if the evidence does not identify the machine.</summary>
    public string? Platform { get; init; }

    /// <summary>The DNS names and addresses of the certificate, at most 16.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>SHA-256 of the certificate (DER), lower-case hex.</summary>
    public required string Certificate { get; init; }

    /// <summary>The serial number of the certificate, lower-case hex.</summary>
    public string SerialNumber { get; init; } = string.Empty;

    /// <summary>The start of the certificate's validity.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The end of the certificate's validity.</summary>
    public DateTimeOffset Until { get; init; }

    /// <summary>When the Coordinator issued the certificate or was shown it.</summary>
    public DateTimeOffset LastSeen { get; init; }
}
