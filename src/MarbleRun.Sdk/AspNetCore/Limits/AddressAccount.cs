namespace MarbleRun.AspNetCore.Limits;

/// <summary>An address with open connections, and the time that its handshakes may still take before others come first.</summary>
internal sealed class AddressAccount(System.Net.IPAddress? address, TimeSpan timePerSecond, TimeProvider timeProvider)
{
    private const int SecondsSaved = 10;

    private readonly Lock _lock = new();
    private readonly double _most = timePerSecond.TotalSeconds * SecondsSaved;
    private double _secondsLeft = timePerSecond.TotalSeconds * SecondsSaved;
    private long _since = timeProvider.GetTimestamp();

    public System.Net.IPAddress? Address => address;

    /// <summary>Written by <see cref="CallerBook"/> alone, under its lock.</summary>
    public int Connections { get; set; }

    public bool HasTime => Refill(spent: 0) > 0;

    /// <summary>Whether nothing would be lost if it were forgotten.</summary>
    public bool IsRested => Refill(spent: 0) >= _most;

    public void Spend(TimeSpan time) => Refill(time.TotalSeconds);

    private double Refill(double spent)
    {
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            double earned = timeProvider.GetElapsedTime(_since, now).TotalSeconds * timePerSecond.TotalSeconds;
            _since = now;

            // The debt has an end, too: who misbehaved is not shut out for ever.
            return _secondsLeft = Math.Clamp(_secondsLeft + earned - spent, -_most, _most);
        }
    }
}
