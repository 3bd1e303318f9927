namespace MarbleRun.Activation.Renewal;

/// <summary>Why a renewal failed, as far as the next attempt depends on it.</summary>
internal enum RenewalFailure
{
    /// <summary>The Coordinator cannot be reached, is not ready or lets others come first; the next attempt may succeed.</summary>
    Unavailable,

    /// <summary>The Coordinator knows no renewal, as that of MarbleRun 1.9.</summary>
    Unsupported,

    /// <summary>The Coordinator refuses this Marble.</summary>
    Denied,

    /// <summary>The Coordinator does not accept the certificate any more: only an activation gives another one.</summary>
    Worthless,

    /// <summary>The Coordinator is not trusted, or its answer does not hold; nothing from it was used.</summary>
    Untrusted,

    /// <summary>Another reason, on this side or the other.</summary>
    Failed,
}
