using Microsoft.AspNetCore.Authentication;

namespace MarbleRun.AspNetCore;

/// <summary>There is nothing to choose: the Coordinator decides who is a Marble.</summary>
internal sealed class MarbleAuthenticationOptions : AuthenticationSchemeOptions;
