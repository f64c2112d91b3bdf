using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Doorward.AspNetCore;

/// <summary>
/// Healthy where each issuer has keys that may serve; degraded where the last refresh of some failed, or a directory gave no
/// answer; else as it was registered.
/// </summary>
sealed class DoorwardHealthCheck(DoorwardVerifiers verifiers) : IHealthCheck {
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellation = default) {
        var data = new Dictionary<string, object>();
        var worst = HealthStatus.Healthy;
        var troubles = new List<string>();
        foreach (var (scheme, verifier) in verifiers.Opened()) {
            string json = verifier.Health();
            data[scheme] = json;
            using var health = JsonDocument.Parse(json);
            bool isReady = health.RootElement.GetProperty("ready").GetBoolean();
            int before = troubles.Count;
            troubles.AddRange(Troubles(health.RootElement));
            var status = !isReady ? context.Registration.FailureStatus
                : troubles.Count > before ? HealthStatus.Degraded : HealthStatus.Healthy;
            worst = status < worst ? status : worst;
        }
        return Task.FromResult(new HealthCheckResult(worst, string.Join("; ", troubles), data: data));
    }

    static IEnumerable<string> Troubles(JsonElement health) {
        foreach (var issuer in health.GetProperty("issuers").EnumerateArray()) {
            bool isUsable = issuer.GetProperty("usable").GetBoolean();
            bool hasFailed = issuer.GetProperty("failure").ValueKind != JsonValueKind.Null;
            if (!isUsable || hasFailed) {
                string what = isUsable ? "its keys could not be refreshed" : "it has no keys that may serve";
                yield return $"issuer {issuer.GetProperty("name").GetString()}: {what}";
            }
        }
        foreach (var directory in health.GetProperty("directories").EnumerateArray()) {
            if (directory.GetProperty("failure").ValueKind != JsonValueKind.Null) {
                yield return $"directory {directory.GetProperty("label").GetString()}: it gives no answer";
            }
        }
    }
}
