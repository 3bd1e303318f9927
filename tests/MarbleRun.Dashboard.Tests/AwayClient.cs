using System.Reflection;
using MarbleRun.Management;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A client that reaches the Coordinator only at times.</summary>
public class AwayClient : DispatchProxy
{
    private ICoordinatorClient _inner = null!;
    private Func<bool> _isAway = null!;

    public static ICoordinatorClient Create(ICoordinatorClient inner, Func<bool> isAway)
    {
        ICoordinatorClient client = Create<ICoordinatorClient, AwayClient>();
        var proxy = (AwayClient)(object)client;
        proxy._inner = inner;
        proxy._isAway = isAway;
        return client;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _isAway()
        ? throw new CoordinatorException(CoordinatorErrorCode.Unreachable, "It does not answer.")
        : targetMethod!.Invoke(_inner, args);
}
