namespace MarbleRun.Coordinator.Activation;

/// <summary>The reason of a failed activation, as in the label <c>reason</c> of its metric.</summary>
internal enum RejectionReason
{
    /// <summary>No reason was set: a defect of the Coordinator.</summary>
    Internal = 0,

    /// <summary>No manifest is in force.</summary>
    Phase,

    /// <summary>The connection has no client certificate.</summary>
    Certificate,

    /// <summary>The manifest does not contain the Marble type or its package.</summary>
    MarbleType,

    /// <summary>The quote was refused.</summary>
    Quote,

    /// <summary>The quote is valid, but its machine fits none of the manifest's infrastructures.</summary>
    Infrastructure,

    /// <summary>The type was activated as often as the manifest allows.</summary>
    Budget,

    /// <summary>A revocation in force names the Marble.</summary>
    Revoked,

    /// <summary>The UUID is invalid.</summary>
    Uuid,

    /// <summary>The CSR is wrong, or its key cannot be certified.</summary>
    Csr,

    /// <summary>The manifest does not allow a name of the CSR.</summary>
    Names,

    /// <summary>The parameters cannot be rendered, for instance because a secret is not set.</summary>
    Parameters,

    /// <summary>The manifest was changed during the activation.</summary>
    ManifestChanged,

    /// <summary>The count of activations could not be made durable.</summary>
    Store,

    /// <summary>The audit trail could not be written.</summary>
    Audit,

    /// <summary>The Marble closed the connection.</summary>
    Cancelled,
}

internal static class RejectionReasonExtensions
{
    public static string ToLabel(this RejectionReason reason) => reason switch
    {
        RejectionReason.Phase => "phase",
        RejectionReason.Certificate => "certificate",
        RejectionReason.MarbleType => "marble_type",
        RejectionReason.Quote => "quote",
        RejectionReason.Infrastructure => "infrastructure",
        RejectionReason.Budget => "budget",
        RejectionReason.Revoked => "revoked",
        RejectionReason.Uuid => "uuid",
        RejectionReason.Csr => "csr",
        RejectionReason.Names => "names",
        RejectionReason.Parameters => "parameters",
        RejectionReason.ManifestChanged => "manifest_changed",
        RejectionReason.Store => "store",
        RejectionReason.Audit => "audit",
        RejectionReason.Cancelled => "cancelled",
        _ => "internal",
    };
}
