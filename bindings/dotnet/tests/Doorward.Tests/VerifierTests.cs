using System;
using System.IO;
using NUnit.Framework;

namespace Doorward.Tests;

public class VerifierTests {
    [Test]
    public void Good_token_is_accepted_with_all_that_it_says() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        Assert.That(verdict.IsAccepted && !verdict.IsPending && verdict.Status == Status.Ok);
        Assert.That(
            new[] { verdict.Label, verdict.User, verdict.QualifiedName, verdict.Method, verdict.Issuer, verdict.Subject, verdict.Tenant,
                verdict.ObjectId, verdict.Client, verdict.TokenId },
            Is.EqualTo(new[] { "AAD", "alice", "AAD:alice", "bearer", "https://login.contoso.example/", "alice", "tenant-1", "object-1",
                "client-1", "token-1" }));
        Assert.That(verdict.IsAdministrator && !verdict.IsAppOnly);
        Assert.That(verdict.ExpiresAt, Is.GreaterThan(DateTimeOffset.UtcNow).And.LessThan(DateTimeOffset.UtcNow.AddDays(1)));
        Assert.That(verdict.Scopes, Is.EqualTo(new[] { "user_impersonation", "reports.read" }));
        Assert.That(verdict.Roles, Is.EqualTo(new[] { "Auditor", "Writer" }));
        Assert.That(verdict.ClaimNames, Has.Member("greeting").And.Member("nothing"));
        Assert.That(verdict.Claim("greeting"), Is.EqualTo("say \"h\u00e9\""));
        Assert.That(verdict.Claim("absent"), Is.Null);
        Assert.That(verdict.Claim(""), Is.Null);
        Assert.That(verdict.ClaimJson("place"), Is.EqualTo("{\"region\":[\"eu\"]}"));
        Assert.That(verdict.TryClaimNumber("level", out long level) && level == -3);
        Assert.That(verdict.TryClaimNumber("largest", out level) && level == long.MaxValue);
        Assert.That(!verdict.TryClaimNumber("too_large", out level) && level == 0);
        Assert.That(!verdict.TryClaimNumber("greeting", out _) && !verdict.TryClaimNumber("absent", out _));
    }

    [TestCase("expired", Status.Expired, 401, "exp")]
    [TestCase("wrong-audience", Status.AudienceMismatch, 401, "aud")]
    [TestCase("no-scope", Status.ScopeInsufficient, 403, "scp")]
    [TestCase("forged", Status.SignatureInvalid, 401, null)]
    public void Bad_token_is_denied_and_leaves_nothing_of_the_last_one(string token, Status status, int http, string? claim) {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        Assert.That(verifier.Verify(verdict, token), Is.EqualTo(status));
        Assert.That((verdict.Status, verdict.Http, verdict.DeniedClaim, verdict.ClientStatus), Is.EqualTo((status, http, claim, status)));
        Assert.That(verdict.Challenge, Does.StartWith("Bearer realm=\"workflow-rest\", error="));
        Assert.That(verdict.RetryAfter, Is.EqualTo(TimeSpan.Zero));
        HasNoIdentity(verdict);
    }

    static void HasNoIdentity(Verdict verdict) {
        Assert.That(new[] { verdict.Label, verdict.User, verdict.QualifiedName, verdict.Method, verdict.Issuer, verdict.Subject,
            verdict.Tenant, verdict.ObjectId, verdict.Client, verdict.TokenId, verdict.Claim("sub") }, Has.All.Null);
        Assert.That(verdict.Scopes.Length + verdict.Roles.Length + verdict.ClaimNames.Length, Is.Zero);
        Assert.That(!verdict.IsAccepted && !verdict.IsAdministrator && verdict.ExpiresAt is null);
    }

    [Test]
    public void Verdict_that_nothing_was_decided_with_reads_denied() {
        using var verdict = new Verdict();
        Assert.That((verdict.Status, verdict.Http, verdict.ClientStatus), Is.EqualTo((Status.CredentialsMissing, 401, Status.CredentialsMissing)));
        HasNoIdentity(verdict);
    }

    [Test]
    public void Headers_are_counted() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        var request = new Request(World.Api, World.Token("good"));
        Assert.That(request.AuthorizationCount, Is.EqualTo(1));
        request.AuthorizationCount = 2;
        Assert.That(verifier.Verify(in request, verdict), Is.EqualTo(Status.HeaderRepeated));
        Assert.That(verifier.Verify(new Request(World.Api, null), verdict), Is.EqualTo(Status.CredentialsMissing));
        Assert.That(verifier.Verify(new Request(World.Api, ""), verdict), Is.EqualTo(Status.CredentialsMissing));
        request.AuthorizationCount = -1;
        Assert.That(verifier.Verify(in request, verdict), Is.Not.EqualTo(Status.Ok));
    }

    [TestCase(16384, Status.TokenMalformed)]
    [TestCase(16385, Status.HeaderTooLarge)]
    [TestCase(1000000, Status.HeaderTooLarge)]
    public void Long_header_is_refused_as_characters_too(int length, Status expected) {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        string header = "Bearer " + new string('a', length - 7);
        Assert.That(verifier.Verify(new Request(World.Api, header), verdict), Is.EqualTo(expected));
        Assert.That(Bytes(verifier, verdict, System.Text.Encoding.ASCII.GetBytes(header)), Is.EqualTo(expected));
    }

    static Status Bytes(Verifier verifier, Verdict verdict, byte[] header) =>
        verifier.Verify(new Request { Api = World.Api, Authorization = header, AuthorizationCount = 1 }, verdict);

    // 'ł' is 'B' to who looks at its lower byte only.
    [TestCase("\u0142earer x")]
    [TestCase("Bearer \u0142")]
    [TestCase("Bearer \ud800")]
    [TestCase("Bearer \u0000")]
    public void Characters_that_are_no_bytes_are_not_taken_for_some(string header) {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        var status = verifier.Verify(new Request(World.Api, header), verdict);
        Assert.That(status, Is.EqualTo(Status.HeaderMalformed).Or.EqualTo(Status.SchemeUnsupported));
    }

    [Test]
    public void Token_of_other_characters_is_not_narrowed_to_a_good_one() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        char[] good = World.Token("good").ToCharArray();
        good[20] = (char)(good[20] + 0x100);
        Assert.That(verifier.Verify(new Request(World.Api, new string(good)), verdict), Is.EqualTo(Status.HeaderMalformed));
    }

    [Test]
    public void Path_names_the_api() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        Assert.That(ByPath(verifier, verdict, "/api/workflow/v1/tasks?x=y"), Is.EqualTo(Status.Ok));
        Assert.That(ByPath(verifier, verdict, "/off/x"), Is.EqualTo(Status.ApiDisabled));
        Assert.That(ByPath(verifier, verdict, "/elsewhere"), Is.EqualTo(Status.PathUnknown));
        Assert.That(ByPath(verifier, verdict, "/api/workflow/v1/../../../off"), Is.EqualTo(Status.PathAmbiguous));
        Assert.That(ByPath(verifier, verdict, "/api/workflow/v1/" + new string('a', 100000)), Is.EqualTo(Status.PathAmbiguous));
        Assert.That(ByPath(verifier, verdict, "/api/workflow/v1/" + new string('\u0142', 100000)), Is.EqualTo(Status.PathAmbiguous));
        Assert.That(verifier.Verify(new Request { Api = World.Api, Path = "/off", AuthorizationCount = 0 }, verdict),
            Is.EqualTo(Status.ArgumentInvalid));
    }

    static Status ByPath(Verifier verifier, Verdict verdict, string path) =>
        verifier.Verify(new Request { Path = path, Authorization = World.Token("good"), AuthorizationCount = 1 }, verdict);

    [TestCase("absent", Status.ApiUnknown)]
    [TestCase("off", Status.ApiDisabled)]
    [TestCase("workflow-rest\0", Status.ApiUnknown)]
    public void Api_decides(string api, Status expected) {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        Assert.That(verifier.Verify(new Request(api, World.Token("good")), verdict), Is.EqualTo(expected));
        Assert.That(verifier.HasApi(api), Is.EqualTo(api == "off"));
    }

    [Test]
    public void Error_of_a_configuration_names_its_place() {
        var error = Assert.Throws<DoorwardException>(() => World.Open("bad-config"))!;
        Assert.That(error.Status, Is.EqualTo(Status.FieldUnknown));
        Assert.That(error.Message, Does.Contain("bad-config.json").And.Contain("apis.workflow-rest.scopez").And.Contain("7003"));
        Assert.That(Assert.Throws<DoorwardException>(() => World.Open("absent"))!.Status, Is.EqualTo(Status.FileUnreadable));
        Assert.That(Assert.Throws<DoorwardException>(() => Verifier.Open("{"))!.Status, Is.EqualTo(Status.DocumentMalformed));
        Assert.That(Assert.Throws<DoorwardException>(() => Verifier.Open(""))!.Status, Is.EqualTo(Status.DocumentMalformed));
    }

    [Test]
    public void Names_of_files_are_relative_to_the_folder() {
        string json = World.Read("files.json");
        using var verifier = Verifier.Open(json, Path.GetDirectoryName(World.At("files.json")));
        using var verdict = new Verdict();
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        Assert.Throws<DoorwardException>(() => Verifier.Open(json, "/nowhere"));
    }

    [Test]
    public void Reload_takes_all_or_nothing() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        var error = Assert.Throws<DoorwardException>(() => verifier.ReloadFile(World.At("bad-config.json")))!;
        Assert.That(error.Message, Does.Contain("scopez"));
        Assert.Throws<DoorwardException>(() => verifier.Reload("{}x"));
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        verifier.ReloadFile(World.At("other.json"));
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.ApiUnknown));
        verifier.Reload(World.Read("config.json"));
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        verifier.Reload(World.Read("files.json"), Path.GetDirectoryName(World.At("files.json")));
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
    }

    [Test]
    public void Revocation_is_immediate_and_wrong_lines_are_told() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        var error = Assert.Throws<DoorwardException>(() => verifier.Revoke("{\"token_id\": \"token-1\"}"))!;
        Assert.That(error.Message, Does.StartWith("line 1: until"));
        verifier.Revoke("{\"token_id\": \"token-1\", \"until\": 4000000000}");
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.TokenRevoked));
    }

    [Test]
    public void Explanation_says_which_line_to_change() {
        using var verifier = World.Open();
        string text = verifier.Explain(new Request(World.Api, World.Token("wrong-audience")));
        Assert.That(text, Does.Contain("urn:other").And.Contain("https://api.k2.com/"));
        byte[] token = World.TokenBytes("good");
        string json = verifier.Explain(new Request { Api = World.Api, Authorization = token, AuthorizationCount = 1 }, json: true);
        Assert.That(json, Does.StartWith("{").And.Contain("\"Ok\""));
    }

    [Test]
    public void Health_and_metrics_are_told() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        verifier.Verify(verdict, "good");
        Assert.That(verifier.Health(), Does.StartWith("{").And.EndWith("}"));
        Assert.That(verifier.Metrics(), Does.Contain("# TYPE doorward_"));
    }

    [Test]
    public void Password_is_checked_by_resolve_and_remembered() {
        using var verifier = World.Open("basic");
        using var verdict = new Verdict();
        string header = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("bob:correct horse"));
        var request = new Request("reports", header);
        Assert.That(verifier.Verify(in request, verdict), Is.EqualTo(Status.Pending));
        Assert.That(verdict.IsPending && verdict.Http == 503 && verdict.RetryAfter == TimeSpan.FromSeconds(1));
        Assert.That(verifier.Resolve(in request, verdict), Is.EqualTo(Status.Ok));
        Assert.That((verdict.QualifiedName, verdict.Method), Is.EqualTo(("SVC:bob", "basic")));
        Assert.That(verifier.Verify(in request, verdict), Is.EqualTo(Status.Ok));
        verifier.Forget("SVC:bob");
        Assert.That(verifier.Verify(in request, verdict), Is.EqualTo(Status.Pending));
    }

    /// <summary>One wrong password of an account is checked, and one may go unchecked.</summary>
    [Test]
    public void Account_that_somebody_guesses_at_answers_its_own_addresses_until_it_is_unlocked() {
        using var verifier = World.Open("limited");
        using var verdict = new Verdict();
        Status From(Text peer, string password) => Decide(verifier, verdict, peer, password);

        string right = "correct horse";
        byte[] owner = System.Text.Encoding.UTF8.GetBytes("203.0.113.7");
        Assert.That(From("203.0.113.7", right), Is.EqualTo(Status.Ok));
        Assert.That(From("198.51.100.1", "wrong"), Is.EqualTo(Status.BasicRejected));
        Assert.That(From("198.51.100.1", "guess"), Is.EqualTo(Status.AttemptsLimited));
        Assert.That(From("198.51.100.1", right), Is.EqualTo(Status.Ok));
        Assert.That(From("198.51.100.1", "guess 2"), Is.EqualTo(Status.AttemptsLimited));
        Assert.That(From("198.51.100.1", right), Is.EqualTo(Status.AttemptsLimited));
        Assert.That(From(default, right), Is.EqualTo(Status.AttemptsLimited));
        Assert.That(From("203.0.113.7", right), Is.EqualTo(Status.Ok));
        Assert.That(From(owner, right), Is.EqualTo(Status.Ok));
        Assert.That(From(new string('\u0142', 100_000), right), Is.EqualTo(Status.AttemptsLimited));
        Assert.That(!verifier.Unlock("SVC:ann") && !verifier.Unlock("bob") && !verifier.Unlock(""));
        Assert.That(verifier.Unlock("SVC:bob"));
        Assert.That(From("198.51.100.1", right), Is.EqualTo(Status.Ok));
        Assert.That(!verifier.Unlock("SVC:bob"));
    }

    /// <summary>As a server does it: what waits is another copy of the request.</summary>
    static Status Decide(Verifier verifier, Verdict verdict, Text peer, string password) {
        string header = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("bob:" + password));
        var request = new Request("reports", header) { Peer = peer };
        var status = verifier.Verify(in request, verdict);
        return status == Status.Pending ? verifier.ResolveAsync(in request, verdict).GetAwaiter().GetResult() : status;
    }

    [Test]
    public void Keys_are_waited_for() {
        using var good = World.Open();
        Assert.That(good.WaitForKeys(TimeSpan.Zero));
        using var remote = Verifier.OpenAndWait(World.At("remote.json"), TimeSpan.FromMilliseconds(50));
        Assert.That(!remote.WaitForKeys(TimeSpan.Zero));
    }

    [Test]
    public void Status_tells_its_message() {
        Assert.That(Status.Expired.Http(), Is.EqualTo(401));
        Assert.That(Status.Expired.Message(), Is.EqualTo("the token has expired"));
        Assert.That(Status.FieldUnknown.Http(), Is.Zero);
        Assert.That(((Status)123456).Message(), Is.Empty);
    }
}
