using Microsoft.AspNetCore.Authentication;

namespace Doorward.AspNetCore;

/// <summary>How requests of a scheme are decided. It can be bound to a section of the application's configuration.</summary>
public sealed class DoorwardOptions : AuthenticationSchemeOptions {
    /// <summary>The file of Doorward's configuration, relative to the application's content root. It has to be given.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>
    /// The API that requests are for, by its name in that file, where an endpoint names none. Where neither does, the request's path
    /// and the file's <c>paths</c> decide.
    /// </summary>
    public string? Api { get; set; }

    /// <summary>How long the start waits for the keys of all issuers. It goes on without them afterwards.</summary>
    public TimeSpan WaitForKeys { get; set; } = TimeSpan.FromSeconds(10);
}
