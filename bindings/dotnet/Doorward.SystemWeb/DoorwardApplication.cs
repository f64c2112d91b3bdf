using System;
using System.Configuration;
using System.Diagnostics;
using System.Threading.Tasks;
using System.Web;
using System.Web.Hosting;

namespace Doorward.SystemWeb;

/// <summary>What all modules of one application share. It ends with the application, whose process may live on.</summary>
sealed class DoorwardApplication : IRegisteredObject {
    /// <summary>How long the start waits for the keys of all issuers. It goes on without them afterwards.</summary>
    static readonly TimeSpan wait = TimeSpan.FromSeconds(10);

    static readonly object gate = new();
    static DoorwardApplication? current;

    readonly ModuleSettings settings;
    readonly Verifier verifier;

    DoorwardApplication(ModuleSettings settings) {
        this.settings = settings;
        verifier = Verifier.OpenFile(settings.Configuration);
        if (settings.Api is string api && !verifier.HasApi(api)) {
            verifier.Dispose();
            throw new ConfigurationErrorsException($"web.config: doorward:api is \"{api}\", and {settings.Configuration} has no such API");
        }
    }

    /// <summary>The one of this application, opened by the first who asks. Where it can't be, the next one tries again.</summary>
    internal static DoorwardApplication Current {
        get {
            lock (gate) {
                return current ??= Start();
            }
        }
    }

    static DoorwardApplication Start() {
        var application = new DoorwardApplication(new ModuleSettings());
        DoorwardLog.Set(Write, application.settings.Log);
        application.verifier.Start();
        application.verifier.WaitForKeys(wait);
        HostingEnvironment.RegisterObject(application);
        return application;
    }

    // A request is made of spans elsewhere, which no method has that waits.
    internal Status Verify(HttpContext context, Verdict verdict) => verifier.Verify(Asked(context.Request), verdict);

    internal Task<Status> Resolve(HttpContext context, Verdict verdict) =>
        verifier.ResolveAsync(Asked(context.Request), verdict);

    internal bool LetsPass(Status status) => status == Status.PathUnknown && settings.PassesOtherPaths;

    Request Asked(HttpRequest request) {
        string[]? headers = request.Headers.GetValues("Authorization");
        return new Request {
            Api = settings.Api,
            Path = settings.Api is null ? Target(request) : null,
            Authorization = headers is { Length: > 0 } ? headers[0] : null,
            AuthorizationCount = headers?.Length ?? 0,
            Peer = request.UserHostAddress,
        };
    }

    /// <summary>As the client sent it: IIS has it in a variable, for its own URL is decoded.</summary>
    static string Target(HttpRequest request) {
        string? sent = request.ServerVariables["UNENCODED_URL"];
        return string.IsNullOrEmpty(sent) ? request.RawUrl : sent!;
    }

    /// <summary>
    /// The application is recycled, or ends: the library calls nobody here any more. Requests that are still to come are decided; the
    /// verifier ends with the application, for its handle outlives all else.
    /// </summary>
    public void Stop(bool immediate) {
        DoorwardLog.Set(null);
        HostingEnvironment.UnregisterObject(this);
    }

    static void Write(DoorwardLogLevel level, string line) {
        switch (level) {
            case DoorwardLogLevel.Error:
                Trace.TraceError(line);
                break;
            case DoorwardLogLevel.Warning:
                Trace.TraceWarning(line);
                break;
            default:
                Trace.TraceInformation(line);
                break;
        }
    }
}
