using Google.Protobuf;
using MarbleRun.Protos;
using MarbleRun.Secrets;

namespace MarbleRun.Activation.Targets;

/// <summary>
/// The parameters that this process runs with. New ones replace them by the rules of the activation: the same files and variables are
/// refused, and nothing is applied if one is. The environment and the arguments of the process stay as they are.
/// </summary>
/// <remarks>One thread uses it: renewals run one after another.</remarks>
internal sealed class LiveParameters(
    ParameterRules rules, IParameterTarget target, ParameterPlan plan, SecretSource secrets, ByteString version)
{
    private ParameterPlan _plan = plan;
    private ByteString _version = version;

    /// <summary>Files may have contents of two sets of parameters.</summary>
    private bool _isMixed;

    /// <summary>What the Coordinator calls these parameters; empty if the next answer must contain all of them.</summary>
    public ByteString Version => _isMixed ? ByteString.Empty : _version;

    /// <summary>Replaces the parameters. <see cref="Notify"/> notifies the app.</summary>
    /// <exception cref="MarbleActivationException">They cannot or must not be applied; the former ones stay in use.</exception>
    public ParameterChange Replace(ReceivedParameters received)
    {
        (Parameters values, List<string> kept) = Complete(received);
        var next = ParameterPlan.Create(values, rules);
        string[] files = [.. next.FilesThatDifferFrom(_plan)];
        string[] variables = [.. next.VariablesThatDifferFrom(_plan)];
        if (files.Length > 0 || _isMixed)
        {
            bool all = _isMixed;
            _isMixed = true;
            next.ApplyFiles(target, path => all || files.Contains(path, StringComparer.Ordinal));
            _isMixed = false;
        }

        bool isSame = files.Length == 0 && variables.Length == 0 && next.Source.Files.Count == _plan.Source.Files.Count;
        (_plan, _version) = (next, received.Version);
        if (!isSame)
        {
            secrets.Replace(next.Values);
        }

        return new ParameterChange(files, variables, kept, isSame);
    }

    /// <summary>Notifies the app of a change. Callbacks of the app run before it returns.</summary>
    /// <exception cref="AggregateException">Callbacks failed; the new parameters are in use.</exception>
    public void Notify(ParameterChange change)
    {
        List<Exception> failures = [];
        Attempt(secrets.Notify);
        if (change.Variables.Count > 0 && target is IVariableView view)
        {
            Attempt(() => view.Replace(_plan.Variables.Where(v => !ReservedVariables.Has(v.Key))));
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }

        void Attempt(Action notify)
        {
            try
            {
                notify();
            }
            catch (AggregateException e)
            {
                failures.AddRange(e.Flatten().InnerExceptions);
            }
        }
    }

    /// <summary>Adds the values that stay: those that contain the identity, and the keys of files that a library OS has open.</summary>
    private (Parameters Values, List<string> Kept) Complete(ReceivedParameters received)
    {
        if (received.HasForeignIdentity)
        {
            throw new MarbleActivationException(
                MarbleActivationFailure.ParametersNotApplied,
                "The parameters of this Marble cannot be applied: the answer to the renewal contains variables of the identity, whose key "
                + "only this Marble has.");
        }

        Parameters values = received.Values.Clone();
        if (received.IdentityVariables.Contains(ReservedVariables.TtlsPolicy))
        {
            // The plan refuses it as at an activation.
            values.Env[ReservedVariables.TtlsPolicy] = ByteString.Empty;
        }

        List<string> kept = [];
        foreach (string name in received.IdentityFiles.Where(n => !values.Files.ContainsKey(n)))
        {
            Keep(name, values.Files, _plan.Source.Files);
        }

        foreach (string name in received.IdentityVariables.Where(n => !ReservedVariables.Has(n) && !values.Env.ContainsKey(n)))
        {
            Keep(name, values.Env, _plan.Source.Env);
        }

        foreach (string name in received.Values.Files.Keys.Where(FileRules.IsKey))
        {
            if (!_plan.Source.Files.TryGetValue(name, out ByteString? key) || !key.Equals(values.Files[name]))
            {
                Keep(name, values.Files, _plan.Source.Files);
            }
        }

        return (values, kept);

        void Keep(string name, IDictionary<string, ByteString> next, IDictionary<string, ByteString> former)
        {
            kept.Add(PeerText.Clean(name));
            next.Remove(name);
            if (former.TryGetValue(name, out ByteString? value))
            {
                next[name] = value;
            }
        }
    }
}
