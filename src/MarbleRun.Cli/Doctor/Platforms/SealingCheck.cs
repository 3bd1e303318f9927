using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether a Coordinator here can open its state after a restart.</summary>
internal sealed class SealingCheck() : SimpleCheck(
    "platform.sealing", "sealing key of the platform", "docs/sealed-state.md#keys-of-the-platforms")
{
    protected override Finding? Look(Examination examination)
    {
        if (!examination.Tee.Exists)
        {
            return null;
        }

        TeeCapabilities has = examination.Tee.Capabilities;
        return !has.HasFlag(TeeCapabilities.UniqueKey)
            ? Warn(
                "this platform has no sealing key",
                "a key that survives a restart",
                "A Coordinator here needs its recovery parties at each start: name RecoveryKeys in the manifest, or run it elsewhere.")
            : Good(has.HasFlag(TeeCapabilities.KeyId)
                ? "keys with identifiers, which survive updates of the microcode"
                : "keys without identifiers: on SGX, an update of the microcode changes them");
    }
}
