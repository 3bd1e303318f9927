namespace MarbleRun.Attestation.Claims;

/// <summary>Bits of the guest policy, which say what the owner of a machine allows its platform to do (AMD #56860, GUEST_POLICY).</summary>
public static class SnpGuestPolicy
{
    /// <summary>Simultaneous multithreading may be on.</summary>
    public const ulong Smt = 1UL << 16;

    /// <summary>A migration agent may be bound to the machine.</summary>
    public const ulong MigrationAgent = 1UL << 18;

    /// <summary>The host may read and change the machine's memory.</summary>
    public const ulong Debug = 1UL << 19;
}
