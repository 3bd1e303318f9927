using MarbleRun.Tee;

namespace MarbleRun.Coordinator.Tee;

/// <summary>Says after which changes of machine and code the sealing keys of an environment are lost.</summary>
internal static class TeeKeyLimits
{
    public static string Describe(string provider, TeeCapabilities capabilities) =>
        (capabilities & (TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey)) == 0
            ? $"The platform {provider} has no sealing key: after each restart, also on this machine, the sealed state needs its recovery "
                + "parties."
        : !capabilities.HasFlag(TeeCapabilities.ProductKey)
            ? $"The sealing key of {provider} is bound to this chip, the launch measurement and the guest policy: neither another machine "
                + "nor another image can unseal the state."
        : !capabilities.HasFlag(TeeCapabilities.KeyId)
            ? $"The sealing keys of {provider} are bound to this processor and have no identifier: neither another machine nor this one "
                + "after an update of its microcode can unseal the state."
        : $"The sealing keys of {provider} are bound to this processor: neither another machine nor this one after a downgrade of its "
            + "microcode can unseal the state.";
}
