using System.Globalization;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>
/// A security version that only grows, and the log of all values that it got, oldest first. A read answers with the whole log, so that a
/// change that was lost, made twice, or made in another order than the answers say, is seen by any later read.
/// </summary>
internal sealed class UpdateLogModel : IModel<string, UpdateInput, string>
{
    /// <summary>The answer to a version that is too low.</summary>
    public const string Refused = "refused";

    /// <summary>The answer to a version that is in force now.</summary>
    public const string Applied = "applied";

    public string Initial => string.Empty;

    public bool TryStep(string state, Operation<UpdateInput, string> operation, out string next)
    {
        next = state;
        if (operation.Input.Version is not { } version)
        {
            return operation.IsOpen || operation.Output == state;
        }

        bool isRaised = version >= Last(state);
        if (isRaised)
        {
            next = $"{state} {version}";
        }

        return operation.IsOpen || operation.Output == (isRaised ? Applied : Refused);
    }

    /// <summary>It must be in a log that was read, or explain why another one was refused.</summary>
    public bool CanMatter(Operation<UpdateInput, string> open, IReadOnlyList<Operation<UpdateInput, string>> part) =>
        open.Input.Version is { } version && part.Any(o => !o.IsOpen && (o.Input.Version is { } other
            ? o.Output == Refused && other < version
            : o.Output.Split(' ').Contains(version.ToString(CultureInfo.InvariantCulture))));

    private static int Last(string log) =>
        log.Length == 0 ? 0 : int.Parse(log.AsSpan(log.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
}

/// <summary>An update, or a read of the log.</summary>
/// <param name="Version">The new security version; null to read.</param>
internal sealed record UpdateInput(int? Version)
{
    public override string ToString() => Version is { } version ? $"update to {version}" : "read the log";
}
