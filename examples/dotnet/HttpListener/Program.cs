// A server without a framework: HttpListener, which on Windows is HTTP.sys.
// usage: HttpListenerHost CONFIGURATION PREFIX, as in: HttpListenerHost doorward.json http://127.0.0.1:8080/
using System;
using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Doorward;

static class Program {
    const string Api = "workflow-rest";

    static async Task Main(string[] arguments) {
        using var verifier = Verifier.OpenAndWait(arguments[0], TimeSpan.FromSeconds(10));
        using var listener = new HttpListener();
        listener.Prefixes.Add(arguments[1]);
        listener.Start();
        Console.WriteLine($"listens on {arguments[1]}");
        while (true) {
            var context = await listener.GetContextAsync();
            _ = Task.Run(() => Serve(verifier, context));
        }
    }

    static async Task Serve(Verifier verifier, HttpListenerContext context) {
        using var response = context.Response;
        using var verdict = new Verdict();
        string? header = context.Request.Headers["Authorization"];
        if (verifier.Verify(new Request(Api, header), verdict) == Status.Pending) {
            await verifier.ResolveAsync(new Request(Api, header), verdict);
        }
        if (verdict.IsAccepted) {
            byte[] body = Encoding.UTF8.GetBytes($"these are the tasks of {verdict.QualifiedName}\n");
            await response.OutputStream.WriteAsync(body, 0, body.Length);
            return;
        }
        response.StatusCode = verdict.Http;
        if (verdict.Challenge is string challenge) {
            response.AddHeader("WWW-Authenticate", challenge);
        }
        if (verdict.RetryAfter > TimeSpan.Zero) {
            response.AddHeader("Retry-After", verdict.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        }
    }
}
