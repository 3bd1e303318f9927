using MarbleRun.Activation;

namespace MarbleRun.Hosting;

/// <summary>What the activation of the host used; null until it is activated, and if its identity cannot be renewed.</summary>
internal sealed class HostActivation
{
    private RenewalSource? _source;

    /// <summary>The mesh address of the Coordinator; null until it is activated.</summary>
    public CoordinatorAddresses? Coordinator { get; set; }

    public RenewalSource? Source
    {
        get => Volatile.Read(ref _source);
        set => Volatile.Write(ref _source, value);
    }
}
