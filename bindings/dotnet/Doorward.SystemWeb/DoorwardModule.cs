using System;
using System.Threading.Tasks;
using System.Web;

namespace Doorward.SystemWeb;

/// <summary>
/// Authenticates every request of an application of classic ASP.NET, in the integrated pipeline of IIS. <c>HttpContext.User</c> is
/// who came in; other requests are answered with what the verdict says. <see cref="ModuleSettings"/> are read from web.config.
/// </summary>
public sealed class DoorwardModule : IHttpModule {
    DoorwardApplication? doorward;

    /// <summary>Opens the configuration, for the first of an application's modules. A mistake in it stops the application.</summary>
    public void Init(HttpApplication application) {
        doorward = DoorwardApplication.Current;
        application.AddOnAuthenticateRequestAsync(
            (sender, _, callback, state) => new Step(Authenticate((HttpApplication)sender), HttpContext.Current, callback, state),
            static result => ((Step)result).End());
        application.EndRequest += static (sender, _) => Release(((HttpApplication)sender!).Context);
    }

    /// <summary>The configuration is the application's: other modules go on with it.</summary>
    public void Dispose() { }

    async Task Authenticate(HttpApplication application) {
        var context = application.Context;
        var verdict = new Verdict();
        bool isKept = false;
        try {
            if (doorward!.Verify(context, verdict) == Status.Pending) {
                await doorward.Resolve(context, verdict);
            }
            isKept = verdict.IsAccepted;
            if (isKept) {
                Accept(context, new DoorwardIdentity(verdict));
            } else if (!doorward.LetsPass(verdict.Status)) {
                Deny(context.Response, verdict);
                application.CompleteRequest();
            }
        } finally {
            if (!isKept) {
                verdict.Dispose();
            }
        }
    }

    static void Accept(HttpContext context, DoorwardIdentity identity) {
        context.Items[typeof(DoorwardIdentity)] = identity;
        context.User = new System.Security.Claims.ClaimsPrincipal(identity);
    }

    static void Deny(HttpResponse response, Verdict verdict) {
        response.StatusCode = verdict.Http;
        response.TrySkipIisCustomErrors = true;
        response.SuppressFormsAuthenticationRedirect = true;
        if (verdict.Challenge is string challenge) {
            response.AppendHeader("WWW-Authenticate", challenge);
        }
        if (verdict.RetryAfter > TimeSpan.Zero) {
            response.AppendHeader("Retry-After", ((long)verdict.RetryAfter.TotalSeconds).ToString());
        }
    }

    static void Release(HttpContext context) => (context.Items[typeof(DoorwardIdentity)] as DoorwardIdentity)?.Release();
}
