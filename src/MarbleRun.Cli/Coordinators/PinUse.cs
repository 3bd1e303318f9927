namespace MarbleRun.Cli.Coordinators;

/// <summary>What a verification does with the certificates that an earlier one kept.</summary>
internal enum PinUse
{
    /// <summary>The root must be the kept one. Without a kept one, the verified one is kept.</summary>
    Compare,

    /// <summary>The verified root replaces the kept one; a change is reported.</summary>
    Replace,

    /// <summary>Nothing is compared or kept: a Coordinator in recovery has a root for that time alone.</summary>
    Ignore,
}
