namespace MarbleRun.Activation.Renewal;

/// <summary>The last attempt to renew the identity of this process, for its health.</summary>
internal sealed class RenewalStatus
{
    private (DateTimeOffset Time, string Reason)? _fault;
    private (DateTimeOffset Time, string Reason)? _parametersFault;
    private readonly Lock _lock = new();

    /// <summary>Whether this process renews its certificate.</summary>
    public bool IsRunning { get; set; }

    /// <summary>The last attempt, if it failed.</summary>
    public (DateTimeOffset Time, string Reason)? Fault
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    /// <summary>The last parameters that a renewal brought, if they were not applied.</summary>
    public (DateTimeOffset Time, string Reason)? ParametersFault
    {
        get
        {
            lock (_lock)
            {
                return _parametersFault;
            }
        }

        set
        {
            lock (_lock)
            {
                _parametersFault = value;
            }
        }
    }

    public void Succeed()
    {
        lock (_lock)
        {
            _fault = null;
        }
    }

    public void Fail(DateTimeOffset time, string reason)
    {
        lock (_lock)
        {
            _fault = (time, reason);
        }
    }
}
