using Google.Protobuf;
using MarbleRun.Protos;

namespace MarbleRun.Activation.Targets;

/// <summary>The parameters in one answer of the Coordinator, not verified yet. They are secret, so it is not a record, which would show
/// them.</summary>
/// <param name="values">The files and variables.</param>
internal sealed class ReceivedParameters(Parameters values)
{
    private const int LongestVersion = 64;

    public Parameters Values => values;

    /// <summary>What the Coordinator calls these parameters; empty if it gives them no version.</summary>
    public ByteString Version { get; private init; } = ByteString.Empty;

    /// <summary>Files that contain the identity, and have no value here.</summary>
    public IReadOnlyCollection<string> IdentityFiles { get; private init; } = [];

    /// <summary>Variables that contain the identity, and have no value here.</summary>
    public IReadOnlyCollection<string> IdentityVariables { get; private init; } = [];

    /// <summary>Whether a renewal brought variables of the identity, which a Coordinator does not have then.</summary>
    public bool HasForeignIdentity { get; private init; }

    /// <summary>Why the Coordinator has no parameters for this Marble; null if it has.</summary>
    public string? Fault { get; private init; }

    /// <summary>Reads the answer to an activation.</summary>
    public static ReceivedParameters Of(ActivationResp reply) => new(reply.Parameters ?? new Parameters())
    {
        Version = Limit(reply.ParametersVersion),
    };

    /// <summary>Reads the answer to a renewal; null if it has no other parameters than this Marble.</summary>
    public static ReceivedParameters? Of(RenewResponse reply) => reply.Parameters is not { } parameters ? null
        : new ReceivedParameters(new Parameters { Files = { parameters.Files }, Env = { parameters.Environment } })
        {
            Version = Limit(parameters.Version),
            IdentityFiles = parameters.IdentityFiles,
            IdentityVariables = parameters.IdentityVariables,
            HasForeignIdentity = parameters.Environment.Keys.Any(n => ReservedVariables.Has(n) && n != ReservedVariables.TtlsPolicy),
            Fault = parameters.Fault.Length == 0 ? null : PeerText.Clean(parameters.Fault),
        };

    /// <summary>A longer version is ignored, because this Marble would send it with each renewal.</summary>
    private static ByteString Limit(ByteString version) => version.Length <= LongestVersion ? version : ByteString.Empty;
}
