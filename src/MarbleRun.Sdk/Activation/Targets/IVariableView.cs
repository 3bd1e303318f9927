namespace MarbleRun.Activation.Targets;

/// <summary>
/// A target that shows the manifest's variables in another place than the environment of the process, and can replace them while the
/// process runs.
/// </summary>
internal interface IVariableView
{
    /// <summary>Replaces the variables, and notifies those who use them.</summary>
    /// <param name="variables">All variables of the manifest by name, without those of the identity.</param>
    void Replace(IEnumerable<KeyValuePair<string, string>> variables);
}
