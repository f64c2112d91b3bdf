using System.Diagnostics;
using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Doorward.AspNetCore;

/// <summary>Authenticates a request, and challenges with what the verdict says.</summary>
public sealed class DoorwardHandler : AuthenticationHandler<DoorwardOptions> {
    readonly DoorwardVerifiers verifiers;
    readonly DoorwardMeter meter;
    Denial? denial;

    /// <summary>For the container.</summary>
    public DoorwardHandler(
        DoorwardVerifiers verifiers, DoorwardMeter meter, IOptionsMonitor<DoorwardOptions> options, ILoggerFactory loggers,
        UrlEncoder encoder) : base(options, loggers, encoder) => (this.verifiers, this.meter) = (verifiers, meter);

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() {
        long started = Stopwatch.GetTimestamp();
        var verdict = new Verdict();
        bool isKept = false;
        try {
            if (Verify(verdict) == Status.Pending) {
                await Resolve(verdict);
            }
            meter.Decided(Scheme.Name, verdict.Status, Stopwatch.GetElapsedTime(started));
            isKept = verdict.IsAccepted;
            return isKept ? Accepted(verdict) : Denied(verdict);
        } finally {
            if (!isKept) {
                verdict.Dispose();
            }
        }
    }

    // A request is made of spans, which no method has that waits.
    Status Verify(Verdict verdict) => verifiers.Get(Scheme.Name).Verify(Asked(), verdict);

    Task<Status> Resolve(Verdict verdict) =>
        verifiers.Get(Scheme.Name).ResolveAsync(Asked(), verdict, Context.RequestAborted);

    Request Asked() {
        var headers = Context.Request.Headers.Authorization;
        string? api = Context.GetEndpoint()?.Metadata.GetMetadata<DoorwardApiAttribute>()?.Api ?? Options.Api;
        return new Request {
            Api = api,
            Path = api is null ? RequestTarget.Path(Context.Features.Get<IHttpRequestFeature>()?.RawTarget) : null,
            Authorization = headers.Count > 0 ? headers[0] : null,
            AuthorizationCount = headers.Count,
            Peer = Peer(Context.Connection.RemoteIpAddress),
        };
    }

    /// <summary>One text for each client, whether the socket is of both families or of one.</summary>
    static string? Peer(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString();

    AuthenticateResult Accepted(Verdict verdict) {
        var identity = new DoorwardIdentity(verdict);
        Context.Response.RegisterForDispose(new Releasing(identity));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    AuthenticateResult Denied(Verdict verdict) {
        denial = new Denial(verdict);
        // It is a denial only where the endpoint is not for everybody, who are told then.
        if (verdict.Status is Status.CredentialsMissing or Status.PathUnknown) {
            return AuthenticateResult.NoResult();
        }
        DoorwardMessages.Denied(Logger, verdict.Status.ToString(), (uint)verdict.Status, verdict.DeniedClaim, verdict.Expected);
        return AuthenticateResult.Fail(denial.ClientStatus.Message());
    }

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties) {
        var result = await HandleAuthenticateOnceSafeAsync();
        if (denial is { } known) {
            known.WriteTo(Context.Response);
        } else {
            // Who is known is asked for by another scheme's policy, or nobody could be asked.
            Context.Response.StatusCode = result.Succeeded ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        }
    }

    /// <summary>Who came in lacks what the application itself asks for.</summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) {
        Context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    sealed class Releasing(DoorwardIdentity identity) : IDisposable {
        public void Dispose() => identity.Release();
    }
}
