using System;
using System.Linq;
using System.Security.Claims;
using NUnit.Framework;

namespace Doorward.Tests;

public class IdentityTests {
    static DoorwardIdentity Accepted(out Verdict verdict) {
        using var verifier = World.Open();
        verdict = new Verdict();
        verifier.Verify(verdict, "good");
        return new DoorwardIdentity(verdict);
    }

    [Test]
    public void Claims_have_the_types_that_dotnet_looks_for() {
        var identity = Accepted(out _);
        var principal = new ClaimsPrincipal(identity);
        Assert.That((identity.Name, identity.IsAuthenticated, identity.IsAdministrator), Is.EqualTo(("AAD:alice", true, true)));
        Assert.That(principal.IsInRole("Auditor") && principal.IsInRole("Writer") && !principal.IsInRole("auditor"));
        string? First(string type) => principal.FindFirst(type)?.Value;
        Assert.That(First(ClaimTypes.Name), Is.EqualTo("AAD:alice"));
        Assert.That(First(ClaimTypes.NameIdentifier), Is.EqualTo("alice"));
        Assert.That(First(DoorwardClaimTypes.ObjectId), Is.EqualTo("object-1"));
        Assert.That(First(DoorwardClaimTypes.TenantId), Is.EqualTo("tenant-1"));
        Assert.That(principal.FindAll("scope").Select(claim => claim.Value), Is.EqualTo(new[] { "user_impersonation", "reports.read" }));
        Assert.That(First("oid"), Is.EqualTo("object-1"));
        Assert.That(First("greeting"), Is.EqualTo("say \"h\u00e9\""));
        Assert.That(First("place"), Is.EqualTo("{\"region\":[\"eu\"]}"));
        Assert.That(principal.FindFirst("level")!.ValueType, Is.EqualTo(ClaimValueTypes.Integer64));
        Assert.That(principal.FindFirst("oid")!.Issuer, Is.EqualTo("https://login.contoso.example/"));
        Assert.That(principal.HasClaim("tid", "tenant-1") && !principal.HasClaim("tid", "tenant-2"));
    }

    [Test]
    public void Claims_are_made_when_they_are_asked_for() {
        var identity = Accepted(out var verdict);
        identity.Release();
        Assert.Throws<ObjectDisposedException>(() => _ = verdict.User);
        Assert.That(identity.Name, Is.EqualTo("AAD:alice"));
        var error = Assert.Throws<InvalidOperationException>(() => identity.FindFirst("oid"))!;
        Assert.That(error.Message, Does.Contain("the request has ended"));

        identity = Accepted(out _);
        Assert.That(identity.Claims, Is.Not.Empty);
        identity.Release();
        Assert.That(identity.FindFirst("oid")!.Value, Is.EqualTo("object-1"));
    }

    [Test]
    public void Clone_lives_on() {
        var identity = Accepted(out _);
        var clone = new ClaimsPrincipal(identity.Clone());
        identity.Release();
        Assert.That((clone.Identity!.Name, clone.FindFirst("oid")!.Value, clone.IsInRole("Writer")), Is.EqualTo(("AAD:alice", "object-1", true)));
    }

    [Test]
    public void Only_who_is_accepted_has_an_identity() {
        using var verdict = new Verdict();
        Assert.Throws<ArgumentException>(() => _ = new DoorwardIdentity(verdict));
    }
}
