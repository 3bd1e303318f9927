using System.Collections.Immutable;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Sets the manifest: read, check, make its secrets, try its templates, sign; then one durable change.</summary>
internal sealed partial class ManifestService(
    CurrentState current, StateWriter writer, SecretLimits limits, SecretGenerator generator, DryRun dryRun, ILogger<ManifestService> logger) : IDisposable
{
    /// <summary>RSA keys cost seconds, and whoever comes first may set the manifest: one is prepared at a time.</summary>
    private readonly SemaphoreSlim _preparing = new(1, 1);

    public void Dispose() => _preparing.Dispose();

    /// <exception cref="ManifestRefusedException">Nothing was changed; the message says why.</exception>
    public async Task SetAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        DemandPhase(current.Value);
        Manifest manifest = Read(raw);
        CheckProblems(manifest);
        UnsupportedFeatures.Demand(manifest);
        (MeshManifest mesh, ImmutableSortedDictionary<string, StoredSecret> secrets) = await PrepareAsync(raw, manifest, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the change is made whoever waits for it, and must be told to the log.
        await writer.ChangeAsync(
            state =>
            {
                DemandPhase(state);
                return (With(state, mesh, secrets), true);
            },
            CancellationToken.None);
        Log.ManifestSet(logger, mesh.Fingerprint, manifest.Packages.Count, manifest.Marbles.Count);
    }

    private static void DemandPhase(CoordinatorState state)
    {
        if (state.Phase != CoordinatorPhase.AcceptingManifest)
        {
            throw new ManifestRefusedException("server is not in expected state");
        }
    }

    private Manifest Read(ReadOnlyMemory<byte> raw)
    {
        if (Manifest.TryParse(raw.Span, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems))
        {
            return manifest;
        }

        throw Refuse(problems);
    }

    private void CheckProblems(Manifest manifest)
    {
        // Templates are rendered with the real secrets, when these are made.
        ImmutableArray<ManifestProblem> problems = manifest.Validate(ManifestStage.Users);
        if (problems.Any(p => p.Severity == ManifestSeverity.Error))
        {
            throw Refuse(problems);
        }

        foreach (ManifestProblem warning in problems)
        {
            Log.ManifestWarning(logger, LogText.Clean(warning.Path), LogText.Clean(warning.Message));
        }
    }

    private ManifestRefusedException Refuse(ImmutableArray<ManifestProblem> problems)
    {
        ManifestProblem first = problems.First(p => p.Severity == ManifestSeverity.Error);
        foreach (ManifestProblem problem in problems.Where(p => p.Severity == ManifestSeverity.Error))
        {
            Log.ManifestProblem(logger, LogText.Clean(problem.Path), LogText.Clean(problem.Message));
        }

        return new ManifestRefusedException(PrefixOf(first) + first.Message);
    }

    /// <summary>Outside the writer's turn: the authority that signs does not change while there is no manifest.</summary>
    private async Task<(MeshManifest Mesh, ImmutableSortedDictionary<string, StoredSecret> Secrets)> PrepareAsync(
        ReadOnlyMemory<byte> raw, Manifest manifest, CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken);
        try
        {
            CoordinatorState state = current.Value;
            DemandPhase(state);
            var mesh = MeshManifest.Create(raw, state.Authority.SignWithRoot(raw.Span), manifest);
            limits.Demand(state, mesh);
            ImmutableSortedDictionary<string, StoredSecret> secrets = generator.Generate(state, mesh);
            dryRun.Demand(mesh, secrets.RemoveRange(manifest.Secrets.Where(s => s.Value.UserDefined).Select(s => s.Key)), isConcerned: _ => true);
            return (mesh, secrets);
        }
        catch (TemplateException exception)
        {
            throw new ManifestRefusedException($"running manifest template dry run: {exception.Message}", exception);
        }
        catch (UserException exception)
        {
            throw new ManifestRefusedException($"generating users from manifest: {exception.Message}", exception);
        }
        catch (SecretException exception)
        {
            throw new ManifestRefusedException($"generating secrets from manifest: {exception.Message}", exception);
        }
        finally
        {
            _preparing.Release();
        }
    }

    private static CoordinatorState With(CoordinatorState state, MeshManifest mesh, ImmutableSortedDictionary<string, StoredSecret> secrets) =>
        state with { Manifest = mesh, Secrets = secrets };
}
