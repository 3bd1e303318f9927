using Microsoft.AspNetCore.Authentication;

namespace MarbleRun.AspNetCore;

/// <summary>Has no settings: the Coordinator decides which process is a Marble.</summary>
internal sealed class MarbleAuthenticationOptions : AuthenticationSchemeOptions;
