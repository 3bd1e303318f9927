namespace MarbleRun.Cli.SelfTests;

/// <summary>The platform answered, and the answer is wrong.</summary>
internal sealed class SelfTestException(string message) : Exception(message);
