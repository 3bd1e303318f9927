namespace MarbleRun.Coordinator.Secrets;

/// <summary>Which value of a secret is asked for.</summary>
internal enum SecretGeneration
{
    /// <summary>The one in force.</summary>
    Current = 0,

    /// <summary>The one before the last full update; the one in force where no update changed it.</summary>
    Previous,
}
