using Microsoft.Extensions.Logging;

namespace Doorward.AspNetCore;

/// <summary>The lines of the log. None has anything of a credential.</summary>
static class DoorwardMessages {
    static readonly Action<ILogger, string, uint, string?, string?, Exception?> denied =
        LoggerMessage.Define<string, uint, string?, string?>(LogLevel.Information, new EventId(1, "Denied"),
            "denied: {Status} ({Number}), claim {Claim}, expected {Expected}");

    internal static void Denied(ILogger logger, string status, uint number, string? claim, string? expected) =>
        denied(logger, status, number, claim, expected, null);
}
