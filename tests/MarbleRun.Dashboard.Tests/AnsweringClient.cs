using System.Reflection;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A client that answers the list of Marbles itself, and asks the Coordinator for everything else.</summary>
public class AnsweringClient : DispatchProxy
{
    private ICoordinatorClient _inner = null!;
    private Func<IReadOnlyList<IssuedMarble>> _marbles = null!;

    public static ICoordinatorClient Create(ICoordinatorClient inner, Func<IReadOnlyList<IssuedMarble>> marbles)
    {
        ICoordinatorClient client = Create<ICoordinatorClient, AnsweringClient>();
        var proxy = (AnsweringClient)(object)client;
        proxy._inner = inner;
        proxy._marbles = marbles;
        return client;
    }

    /// <summary>Marbles in the order of their names, with certificates of a day, of which the first ones end soon.</summary>
    public static IReadOnlyList<IssuedMarble> CreateMarbles(int count, params string[] types) =>
    [
        .. Enumerable.Range(0, count).Select(i => new IssuedMarble
        {
            MarbleType = types[i % types.Length],
            Id = new Guid(i, 1, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1),
            Certificate = $"{i:x64}",
            SerialNumber = $"{i:x}",
            Measurement = new string('a', 64),
            Names = [$"{types[i % types.Length]}-{i}.example.org"],
            Since = DateTimeOffset.UtcNow.AddHours(i < 2 ? -23 : -1),
            Until = DateTimeOffset.UtcNow.AddHours(i < 2 ? 1 : 23),
            LastSeen = DateTimeOffset.UtcNow,
        }),
    ];

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(ICoordinatorClient.GetMarblesAsync)
            ? Task.FromResult(new IssuedMarbles { Marbles = _marbles() })
            : targetMethod.Invoke(_inner, args);
}
