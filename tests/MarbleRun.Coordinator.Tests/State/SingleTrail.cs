using MarbleRun.Audit;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>The audit trail of a Coordinator that has the store for itself.</summary>
internal static class SingleTrail
{
    extension(CoordinatorState state)
    {
        /// <summary>The end of the trail that the state knows.</summary>
        public AuditHead? AuditHead => state.AuditHeads.GetValueOrDefault(Replica.Single);

        /// <summary>The state with a record in the trail.</summary>
        public CoordinatorState Recorded(AuditHead head) => state.Recorded(Replica.Single, head);
    }
}
