// An application with what the tests ask for. It is told its configuration by the command line, as any other is.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Claims;
using Doorward;
using Doorward.AspNetCore;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
builder.Services.AddAuthentication().AddDoorward(builder.Configuration.GetSection("Doorward"));
builder.Services.AddAuthorization(options => options.AddPolicy("boss", policy => policy.RequireRole("boss")));
builder.Services.AddHealthChecks().AddDoorward();

var decisions = new ConcurrentDictionary<string, long>();
using var listener = new MeterListener();
listener.InstrumentPublished = (instrument, self) => {
    if (instrument.Name == "doorward.decisions") {
        self.EnableMeasurementEvents(instrument);
    }
};
listener.SetMeasurementEventCallback<long>((_, count, tags, _) => {
    foreach (var tag in tags) {
        if (tag.Key == "doorward.status") {
            decisions.AddOrUpdate((string)tag.Value!, count, (_, before) => before + count);
        }
    }
});
listener.Start();

var app = builder.Build();
var api = app.MapGroup("/api").RequireAuthorization();
api.MapGet("/workflow/v1/me", Me);
api.MapGet("/odata/v3/me", Me).WithDoorwardApi("smartobject-odata");
api.MapGet("/absent", Me).WithDoorwardApi("absent");
api.MapGet("/workflow/v1/boss", Me).RequireAuthorization("boss");
app.MapGet("/", Me).RequireAuthorization();
app.MapGet("/open", (ClaimsPrincipal user) => user.Identity?.Name ?? "nobody");
app.MapGet("/pool", () => ThreadPool.ThreadCount);
app.MapGet("/decisions", () => decisions);
app.MapPost("/revoke", async (HttpRequest request, DoorwardVerifiers verifiers) =>
    verifiers.Get().Revoke(await new StreamReader(request.Body).ReadToEndAsync()));
app.MapHealthChecks("/health");
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"listens on {string.Join(' ', app.Urls)}"));
app.Run();

static object Me(ClaimsPrincipal user) => new {
    name = user.Identity!.Name,
    type = user.Identity.AuthenticationType,
    is_administrator = ((DoorwardIdentity)user.Identity).IsAdministrator,
    subject = user.FindFirstValue(ClaimTypes.NameIdentifier),
    scopes = user.FindAll("scope").Select(claim => claim.Value),
    roles = user.FindAll(ClaimTypes.Role).Select(claim => claim.Value),
};
