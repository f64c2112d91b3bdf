using System.Security.Claims;
using Doorward.AspNetCore;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication().AddDoorward("doorward.json", options => options.Api = "workflow-rest");
builder.Services.AddAuthorization();
builder.Services.AddHealthChecks().AddDoorward();

var app = builder.Build();
app.MapGet("/tasks", (ClaimsPrincipal user) => $"these are the tasks of {user.Identity!.Name}\n").RequireAuthorization();
app.MapHealthChecks("/health");
app.Run();
