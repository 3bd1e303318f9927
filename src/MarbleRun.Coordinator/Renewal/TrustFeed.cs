using System.Globalization;
using System.Text;
using Google.Protobuf;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>
/// The trust of the mesh as Marbles get it: made and signed once for each change, and shared by all who watch. Nothing runs while nothing
/// changes.
/// </summary>
internal sealed class TrustFeed
{
    private readonly Lock _lock = new();
    private readonly CurrentState _current;
    private Entry? _entry;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TrustFeed(CurrentState current)
    {
        _current = current;
        current.Published += _ => Refresh();
    }

    /// <summary>The list of the newest state, and a task that ends with the next change of the list.</summary>
    public (SignedTrustList List, Task Changed) Read()
    {
        lock (_lock)
        {
            return (Update().List, _changed.Task);
        }
    }

    /// <summary>The first reader makes the first list; before it, no caller waits for a change.</summary>
    private void Refresh()
    {
        lock (_lock)
        {
            if (_entry is not null)
            {
                Update();
            }
        }
    }

    private Entry Update()
    {
        CoordinatorState state = _current.Value;
        if (_entry is { } entry && entry.IsOf(state))
        {
            return entry;
        }

        _entry = entry = new Entry(state, Sign(state, Write(state)));
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return entry;
    }

    private static SignedTrustList Sign(CoordinatorState state, ByteString list) => new()
    {
        List = list,
        Signature = UnsafeByteOperations.UnsafeWrap(
            state.Authority.SignWithRoot([.. Encoding.ASCII.GetBytes("marblerun trust list 1"), 0, .. list.Span])),
    };

    private static ByteString Write(CoordinatorState state)
    {
        var list = new TrustList
        {
            Number = state.Generation,
            RootFingerprint = UnsafeByteOperations.UnsafeWrap(state.Authority.RootHash),
            Authorities =
            {
                new TrustedAuthority
                {
                    MarbleRootCertificate = UnsafeByteOperations.UnsafeWrap(state.Authority.MarbleRoot.RawDataMemory),
                    IntermediateCertificate = UnsafeByteOperations.UnsafeWrap(state.Authority.Intermediate.RawDataMemory),
                },
            },
        };
        list.Authorities.AddRange(state.RetiredAuthorities.Select(a => new TrustedAuthority
        {
            MarbleRootCertificate = UnsafeByteOperations.UnsafeWrap(a.MarbleRoot.RawDataMemory),
            IntermediateCertificate = UnsafeByteOperations.UnsafeWrap(a.Intermediate.RawDataMemory),
            Until = a.Until.ToUnixTimeSeconds(),
        }));
        list.Revocations.AddRange(state.Revocations.InForce.Select(Write));
        if (FindListing(state) is { } listing)
        {
            list.Coordinators = new CoordinatorListing
            {
                Manifest = UnsafeByteOperations.UnsafeWrap(listing.Raw),
                OwnerSignatures = state.ManifestSignatures.IsEmpty
                    ? ByteString.Empty
                    : UnsafeByteOperations.UnsafeWrap(ManifestSignatures.Write(state.ManifestSignatures)),
            };
        }

        return list.ToByteString();
    }

    /// <summary>
    /// The manifest in force, if it lists Coordinators. A Marble refuses a list with a longer manifest than the checks allow, and would
    /// miss the revocations.
    /// </summary>
    private static MeshManifest? FindListing(CoordinatorState state) =>
        state.Manifest is { Manifest.Coordinators.IsEmpty: false, Raw.Length: <= Manifest.MaxLengthWithCoordinators } manifest
            ? manifest
            : null;

    private static RevokedMarbles Write(MarbleRevocation revocation)
    {
        var revoked = new RevokedMarbles { Number = revocation.Number, MarbleTypes = { revocation.MarbleTypes } };
        string value = revocation.Subject.Value;
        switch (revocation.Subject.Kind)
        {
            case RevocationKind.Uuid:
                revoked.Uuid = ByteString.CopyFrom(Guid.Parse(value, CultureInfo.InvariantCulture).ToByteArray(bigEndian: true));
                break;
            case RevocationKind.Certificate:
                revoked.Certificate = Bytes(value);
                break;
            case RevocationKind.MarbleType:
                revoked.MarbleType = value;
                break;
            case RevocationKind.Measurement:
                revoked.Measurement = Bytes(value);
                break;
            case RevocationKind.Platform:
                revoked.Platform = Bytes(value);
                break;
            default:
                throw new InvalidOperationException($"Revocation {revocation.Number} has an unknown kind of subject.");
        }

        return revoked;
    }

    private static ByteString Bytes(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));

    /// <summary>The list of a state, and of all states with the same trust.</summary>
    private sealed class Entry(CoordinatorState state, SignedTrustList list)
    {
        public SignedTrustList List => list;

        public bool IsOf(CoordinatorState other) =>
            ReferenceEquals(other.Authority, state.Authority)
            && other.RetiredAuthorities.Equals(state.RetiredAuthorities)
            && (ReferenceEquals(other.Revocations, state.Revocations) || Numbers(other).SequenceEqual(Numbers(state)))
            && FindListing(other)?.Fingerprint == FindListing(state)?.Fingerprint
            && (FindListing(state) is null || other.ManifestSignatures.Equals(state.ManifestSignatures));

        /// <summary>A number always means the same Marbles; revocations that wait for approvals, and votes, are not in the list.</summary>
        private static IEnumerable<ulong> Numbers(CoordinatorState of) => of.Revocations.InForce.Select(r => r.Number);
    }
}
