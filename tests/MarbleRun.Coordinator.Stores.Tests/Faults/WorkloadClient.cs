using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using MarbleRun.Coordinator.Stores.Tests.Linearizability;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>
/// One client, which calls one replica after the other. What has no answer, or one that does not say what became of the call, stays open in
/// the history.
/// </summary>
internal sealed class WorkloadClient(int number, MarbleCaller marble, UserCaller user, ReplicaCluster cluster, WorkloadHistories histories)
    : IDisposable
{
    private const int Attempts = 4;
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly string s_counterType = "plain";

    private readonly string _uuid = Guid.NewGuid().ToString();
    private UserCaller? _counterCaller;
    private X509Certificate2? _counterCertificate;
    private long _counterSince;
    private int _written;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Activates a Marble with a limit; after a failure the same activation is sent again, to another replica.</summary>
    /// <returns>Whether it was activated; null if that is not known.</returns>
    public async Task<bool?> ActivateAsync(string marbleType, int replica)
    {
        ActivationReq request = marble.CreateRequest(marbleType);
        History<string, bool>.Pending pending = histories.Activations.Invoke(number, marbleType);
        bool isSent = false;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                await marble.ActivateAsync((replica + attempt) % cluster.Replicas.Count, request, s_attempt, Token);
                pending.Return(true);
                return true;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.PermissionDenied
                && exception.Status.Detail.Contains("reached max activations count", StringComparison.Ordinal))
            {
                pending.Return(false);
                return false;
            }
            catch (RpcException exception)
            {
                NoteIfFault(exception, start);
                isSent |= !UserCaller.IsNotSent(exception.Status.DebugException);
                await Task.Delay(s_pause, Token);
            }
        }

        if (!isSent)
        {
            pending.Forget();
        }

        return null;
    }

    /// <summary>Reads all pairs by an activation without a limit, whose parameters contain them.</summary>
    /// <returns>Whether there was an answer.</returns>
    public async Task<bool> ReadByActivationAsync(int replica)
    {
        History<RegisterInput, string>.Pending[] pending =
            [.. TestMesh.Pairs.Select(p => histories.Secrets.Invoke(number, new RegisterInput(p, null)))];
        long start = Stopwatch.GetTimestamp();
        try
        {
            ActivationResp answer = await marble.ActivateAsync(replica, marble.CreateRequest("web"), s_attempt, Token);
            for (int i = 0; i < pending.Length; i++)
            {
                string pair = TestMesh.Pairs[i];
                pending[i].Return(
                    Join(answer.Parameters.Env[$"{pair}_a"].ToStringUtf8(), answer.Parameters.Env[$"{pair}_b"].ToStringUtf8()));
            }

            return true;
        }
        catch (RpcException exception)
        {
            NoteIfFault(exception, start);
            Array.ForEach(pending, p => p.Forget());
            return false;
        }
    }

    public async Task WriteSecretAsync(string pair, int replica)
    {
        string value = $"{number}-{++_written}";
        byte[] bytes = Encoding.ASCII.GetBytes(value);
        var secrets = new Dictionary<string, object> { [$"{pair}_a"] = new { Key = bytes }, [$"{pair}_b"] = new { Key = bytes } };
        History<RegisterInput, string>.Pending pending = histories.Secrets.Invoke(number, new RegisterInput(pair, value));
        UserAnswer? answer = await SendAsync(replica, HttpMethod.Post, "/api/v2/secrets", new { secrets });
        if (answer is { IsSuccess: true })
        {
            pending.Return(string.Empty);
        }
        else if (SaysNothingChanged(answer))
        {
            pending.Forget();
        }
    }

    /// <returns>Whether there was an answer.</returns>
    public async Task<bool> ReadSecretAsync(string pair, int replica)
    {
        History<RegisterInput, string>.Pending pending = histories.Secrets.Invoke(number, new RegisterInput(pair, null));
        UserAnswer? answer = await SendAsync(replica, HttpMethod.Get, $"/api/v2/secrets?s={pair}_a&s={pair}_b", null);
        if (answer is not { IsSuccess: true })
        {
            pending.Forget();
            return false;
        }

        JsonElement secrets = answer.Data.GetProperty("secrets");
        pending.Return(Join(Read($"{pair}_a"), Read($"{pair}_b")));
        return true;

        // A secret without a value is an answer, too: of a state from before the first upload.
        string Read(string name) => secrets.GetProperty(name).GetProperty("Private") is { ValueKind: JsonValueKind.String } value
            ? Encoding.ASCII.GetString(value.GetBytesFromBase64())
            : string.Empty;
    }

    public async Task UpdateAsync(int version, int replica)
    {
        byte[] manifest = JsonSerializer.SerializeToUtf8Bytes(new { Packages = new { versioned = new { SecurityVersion = version } } });
        History<UpdateInput, string>.Pending pending = histories.Updates.Invoke(number, new UpdateInput(version));
        UserAnswer? answer = await SendAsync(replica, HttpMethod.Post, "/api/v2/update", new { manifest });
        if (answer is { IsSuccess: true })
        {
            pending.Return(UpdateLogModel.Applied);
        }
        else if (answer?.Body.Contains("downgrade", StringComparison.Ordinal) == true)
        {
            pending.Return(UpdateLogModel.Refused);
        }
        else if (SaysNothingChanged(answer))
        {
            pending.Forget();
        }
    }

    /// <returns>Whether there was an answer.</returns>
    public async Task<bool> ReadLogAsync(int replica)
    {
        History<UpdateInput, string>.Pending pending = histories.Updates.Invoke(number, new UpdateInput(null));
        long start = Stopwatch.GetTimestamp();
        UserAnswer? answer = await SendAsync(replica, HttpMethod.Get, "/api/v2/update", null);
        if (answer is not { IsSuccess: true })
        {
            pending.Forget();
            return false;
        }

        long end = Stopwatch.GetTimestamp();
        string[] lines = [.. answer.Data.GetProperty("updateLog").EnumerateArray().Select(l => l.GetString()!)];
        pending.Return(string.Concat(lines
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Where(l => l.TryGetProperty("new version", out _))
            .Select(l => $" {l.GetProperty("new version").GetInt32()}")));
        histories.AddLog(start, end, lines);
        return true;
    }

    /// <param name="value">0 to read.</param>
    /// <param name="replica">The first replica that is asked.</param>
    /// <returns>Whether there was an answer.</returns>
    public async Task<bool> RaiseAsync(ulong value, int replica)
    {
        if (_counterCaller is null && !await ActivateForCountersAsync(replica))
        {
            return false;
        }

        // Counters belong to an instance, so each client has its own, and calls it at any replica.
        History<CounterInput, ulong>.Pending pending = histories.Counters.Invoke(number, new CounterInput(_uuid, value));
        UserAnswer? answer = await _counterCaller!.SendAsync(
            replica, HttpMethod.Post, "/api/v2/monotonic-counter", new { name = "n", value }, Token);
        if (answer is { IsSuccess: true })
        {
            pending.Return(answer.Data.GetProperty("value").GetUInt64());
            return true;
        }

        if (value == 0 || SaysNothingChanged(answer))
        {
            pending.Forget();
        }

        if (answer is { Status: HttpStatusCode.Unauthorized or HttpStatusCode.BadRequest })
        {
            pending.Forget();
            if (!histories.IsUpdateUnderWay(_counterSince, long.MaxValue))
            {
                histories.Faults.Enqueue($"client {number}, replica {replica}: a Marble with a valid certificate got {answer}");
            }

            ForgetCounterCaller();
        }

        return false;
    }

    public void Dispose()
    {
        ForgetCounterCaller();
        marble.Dispose();
        user.Dispose();
    }

    private static string Join(string a, string b) => a == b ? a : $"torn: {a} and {b}";

    /// <summary>Refusals that only another change causes, of which the caller learns that its own was not made.</summary>
    private static bool SaysNothingChanged(UserAnswer? answer) => answer is not null && (
        answer == UserAnswer.NotSent
        || answer.Status == HttpStatusCode.Unauthorized
        || answer.Body.Contains("the manifest was changed during", StringComparison.Ordinal)
        || answer.Body.Contains("another update was applied first", StringComparison.Ordinal)
        || answer.Body.Contains("secrets were written again and again", StringComparison.Ordinal));

    private async Task<bool> ActivateForCountersAsync(int replica)
    {
        // The time of the history of updates.
        History<UpdateInput, string>.Pending clock = histories.Updates.Invoke(number, new UpdateInput(null));
        _counterSince = histories.Updates.Operations[^1].Invoked;
        clock.Forget();
        ActivationReq request = marble.CreateRequest(s_counterType);
        request.UUID = _uuid;
        long start = Stopwatch.GetTimestamp();
        try
        {
            ActivationResp answer = await marble.ActivateAsync(replica, request, s_attempt, Token);
            _counterCertificate = X509Certificate2.CreateFromPem(
                answer.Parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
                answer.Parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
            _counterCaller = new UserCaller(_counterCertificate, cluster.ClientPorts, s_attempt);
            return true;
        }
        catch (RpcException exception)
        {
            NoteIfFault(exception, start);
            return false;
        }
    }

    private void ForgetCounterCaller()
    {
        _counterCaller?.Dispose();
        _counterCertificate?.Dispose();
        (_counterCaller, _counterCertificate) = (null, null);
    }

    private async Task<UserAnswer?> SendAsync(int replica, HttpMethod method, string path, object? body)
    {
        long start = Stopwatch.GetTimestamp();
        UserAnswer? answer = await user.SendAsync(replica, method, path, body, Token);
        if (answer is { Status: HttpStatusCode.Unauthorized or HttpStatusCode.MethodNotAllowed }
            || answer?.Body.Contains("not in expected state", StringComparison.Ordinal) == true)
        {
            histories.Faults.Enqueue($"client {number}, replica {replica}: {method} {path} of a user of the manifest got {answer}");
        }

        if (answer is not { IsSuccess: true })
        {
            NoteRefusal(answer is null || answer == UserAnswer.NotSent ? string.Empty : answer.Body, start);
            await Task.Delay(s_pause, Token);
        }

        return answer;
    }

    private void NoteRefusal(string reason, long start) =>
        histories.Refusals.Enqueue(new Refusal(reason, Stopwatch.GetElapsedTime(start)));

    /// <summary>Failures of the connection, the store or the time are expected.</summary>
    private void NoteIfFault(RpcException exception, long start)
    {
        NoteRefusal(exception.Status.DebugException is null ? exception.Status.Detail : string.Empty, start);
        if (exception.StatusCode is not (StatusCode.Unavailable or StatusCode.Internal or StatusCode.DeadlineExceeded
            or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.ResourceExhausted or StatusCode.Unknown))
        {
            histories.Faults.Enqueue($"client {number}: an activation was refused with {exception.Status}");
        }
    }
}
