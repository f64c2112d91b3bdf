using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Doorward.AspNetCore;

/// <summary>What a client is told of a denial.</summary>
sealed class Denial(Verdict verdict) {
    readonly int http = verdict.Http;
    readonly TimeSpan retryAfter = verdict.RetryAfter;
    readonly string? challenge = verdict.Challenge;

    internal Status ClientStatus { get; } = verdict.ClientStatus;

    internal void WriteTo(HttpResponse response) {
        response.StatusCode = http;
        if (challenge is not null) {
            response.Headers.Append(HeaderNames.WWWAuthenticate, challenge);
        }
        if (retryAfter > TimeSpan.Zero) {
            response.Headers.RetryAfter = ((long)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }
    }
}
