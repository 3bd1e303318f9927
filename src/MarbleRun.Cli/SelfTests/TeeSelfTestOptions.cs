using MarbleRun.Tee;

namespace MarbleRun.Cli.SelfTests;

/// <summary>The user's options of <c>selftest tee</c>.</summary>
internal sealed record TeeSelfTestOptions(TeeBackend Backend, string? Collateral, bool Extend, bool Json);
