using System.Diagnostics;

namespace MarbleRun;

/// <summary>The names of a Marble's metrics and traces, for listeners such as OpenTelemetry.</summary>
public static class MarbleTelemetry
{
    /// <summary>The <see cref="System.Diagnostics.Metrics.Meter"/> of a Marble's metrics: <c>MarbleRun</c>.</summary>
    public const string MeterName = "MarbleRun";

    /// <summary>The <see cref="ActivitySource"/> of activations and renewals: <c>MarbleRun</c>.</summary>
    public const string ActivitySourceName = "MarbleRun";

    /// <summary>The tag of every metric and activity that concerns one Marble type.</summary>
    internal const string MarbleType = "marblerun.marble.type";

    /// <summary>The tag of activities: SHA-256 of the certificate that was issued, lower-case hex.</summary>
    internal const string Certificate = "marblerun.certificate.sha256";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
