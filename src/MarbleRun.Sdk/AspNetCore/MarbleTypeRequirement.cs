using System.Collections.Immutable;
using Microsoft.AspNetCore.Authorization;

namespace MarbleRun.AspNetCore;

/// <summary>The caller must be a Marble of one of these types, or of any type if the list is empty.</summary>
internal sealed class MarbleTypeRequirement(ImmutableArray<string> marbleTypes) : IAuthorizationRequirement
{
    public ImmutableArray<string> MarbleTypes { get; } = marbleTypes;

    public override string ToString() =>
        MarbleTypes.IsEmpty
            ? "The caller must be a Marble."
            : $"The caller must be a Marble of type {string.Join(" or ", MarbleTypes.Select(t => $"'{t}'"))}.";
}
