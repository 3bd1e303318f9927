namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>Who a request's bytes are counted for.</summary>
internal enum BudgetShare
{
    /// <summary>An unauthenticated caller at the client port.</summary>
    UnknownClient = 0,

    /// <summary>A caller of the mesh port, where no caller is known before its quote is verified.</summary>
    UnknownMeshCaller,

    /// <summary>A user of the manifest, or a Marble at the client port.</summary>
    Recognised,
}
