using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The metrics of the mesh port, with the names of gRPC servers in Go. All calls are unary.</summary>
internal sealed class GrpcMetrics : IPresetMetrics
{
    private static readonly KeyValuePair<string, object?> s_unary = new("grpc_type", "unary");

    private readonly Counter<long> _started;
    private readonly Counter<long> _handled;
    private readonly Counter<long> _received;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _unreadable;

    public GrpcMetrics(IMeterFactory meters)
    {
        Meter meter = meters.CreateCoordinatorMeter();
        _started = meter.CreateCounter<long>("grpc_server_started_total", description: "Total number of RPCs started on the server.");
        _handled = meter.CreateCounter<long>(
            "grpc_server_handled_total", description: "Total number of RPCs completed on the server, regardless of success or failure.");
        _received = meter.CreateCounter<long>(
            "grpc_server_msg_received_total", description: "Total number of RPC messages received on the server.");
        _sent = meter.CreateCounter<long>("grpc_server_msg_sent_total", description: "Total number of RPC messages sent by the server.");
        _unreadable = meter.CreateCounter<long>(
            "coordinator_mesh_unreadable_calls_total", description: "Number of calls of the mesh port that could not be read, by reason.");
    }

    /// <summary>Reports the method of activations from the start, with all codes and without calls.</summary>
    public void Preset()
    {
        const string Service = "rpc.Marble";
        const string Method = "Activate";
        Count(_started, 0, Service, Method);
        Count(_received, 0, Service, Method);
        Count(_sent, 0, Service, Method);
        foreach (string code in GrpcCode.All)
        {
            CountHandled(0, Service, Method, code);
        }
    }

    /// <summary>A call begins; its message has been read.</summary>
    public void Started(string service, string method)
    {
        Count(_started, 1, service, method);
        Count(_received, 1, service, method);
    }

    /// <summary>A call ends. As in MarbleRun 1.9, a failed call also counts as a message sent.</summary>
    /// <param name="service">A service that is mapped.</param>
    /// <param name="method">A method of it.</param>
    /// <param name="code">The gRPC code as Go spells it.</param>
    public void Finished(string service, string method, string code)
    {
        Count(_sent, 1, service, method);
        CountHandled(1, service, method, code);
    }

    /// <summary>A call could not be read, so it reached no method.</summary>
    /// <param name="reason">A word from a fixed list.</param>
    public void Unreadable(string reason) => _unreadable.Add(1, MetricLabel.Reason(reason));

    private static void Count(Counter<long> counter, long number, string service, string method) =>
        counter.Add(number, s_unary, new("grpc_service", service), new("grpc_method", method));

    private void CountHandled(long number, string service, string method, string code) =>
        _handled.Add(number, s_unary, new("grpc_service", service), new("grpc_method", method), new("grpc_code", code));
}
