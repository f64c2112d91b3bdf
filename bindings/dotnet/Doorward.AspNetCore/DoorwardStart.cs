using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Doorward.AspNetCore;

/// <summary>Opens everything before the first request, so that a mistake stops the start and says what is wrong.</summary>
sealed class DoorwardStart(
    DoorwardVerifiers verifiers, IEnumerable<DoorwardScheme> schemes, IOptionsMonitor<DoorwardOptions> options,
    ILoggerFactory loggers, IHostApplicationLifetime lifetime, EndpointDataSource? endpoints = null) : IHostedService {
    readonly ILogger logger = loggers.CreateLogger("Doorward");

    public Task StartAsync(CancellationToken cancellation) {
        DoorwardLog.Set(Write, DoorwardLogLevel.Debug);
        foreach (var scheme in schemes) {
            var verifier = verifiers.Get(scheme.Name);
            verifier.Start();
            if (!verifier.WaitForKeys(options.Get(scheme.Name).WaitForKeys)) {
                logger.LogWarning("not every issuer of {Scheme} has keys yet: requests of the others are refused with 503", scheme.Name);
            }
        }
        lifetime.ApplicationStarted.Register(CheckEndpoints);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellation) {
        DoorwardLog.Set(null);
        return Task.CompletedTask;
    }

    /// <summary>Endpoints are known when the application runs. One that names no API of the configuration is refused with 500.</summary>
    void CheckEndpoints() {
        var named = (endpoints?.Endpoints ?? []).Select(endpoint => endpoint.Metadata.GetMetadata<DoorwardApiAttribute>()?.Api);
        foreach (string? api in named.Distinct()) {
            if (api is not null && !verifiers.Opened().Any(opened => opened.Verifier.HasApi(api))) {
                logger.LogError("an endpoint is for the API {Api}, which Doorward's configuration does not have", api);
            }
        }
    }

    void Write(DoorwardLogLevel level, string line) => logger.Log(level switch {
        DoorwardLogLevel.Error => LogLevel.Error,
        DoorwardLogLevel.Warning => LogLevel.Warning,
        DoorwardLogLevel.Info => LogLevel.Information,
        _ => LogLevel.Debug,
    }, "{Line}", line);
}
