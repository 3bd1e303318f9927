namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>This platform cannot open the state's key, so that the state must be recovered by the parties of its recovery keys.</summary>
internal sealed class UnsealableKeyException(string message, Exception? innerException = null)
    : MarbleRunException(message, innerException!);
