namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>Who a request's bytes are counted for.</summary>
internal enum BudgetShare
{
    /// <summary>Somebody at the client port whom nobody knows.</summary>
    ClientStranger = 0,

    /// <summary>A caller of the mesh port, where nobody is known before his quote is verified.</summary>
    MeshStranger,

    /// <summary>A user of the manifest, or a Marble at the client port.</summary>
    Recognised,
}
