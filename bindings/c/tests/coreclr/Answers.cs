// What a verdict tells, of tokens that are accepted, denied and pending, and of calls that are wrong.

static unsafe class Answers {
    static readonly (string Function, string Expected)[] identity = [
        ("doorward_verdict_label", "AAD"),
        ("doorward_verdict_user", "alice"),
        ("doorward_verdict_qualified_name", "AAD:alice"),
        ("doorward_verdict_method", "bearer"),
        ("doorward_verdict_issuer", "https://login.contoso.example/"),
        ("doorward_verdict_subject", "alice"),
        ("doorward_verdict_tenant", "tenant-1"),
        ("doorward_verdict_object_id", "object-1"),
        ("doorward_verdict_client", "client-1"),
        ("doorward_verdict_token_id", "token-1"),
    ];

    static readonly (string Api, string Token, Status Status, uint Http, string Challenge, string Claim)[] denials = [
        ("workflow-rest", "expired.token", Status.Expired, 401, "Bearer realm=\"workflow-rest\", error=", "exp"),
        ("workflow-rest", "wrong-audience.token", Status.AudienceMismatch, 401, "error=\"invalid_token\"", "aud"),
        ("workflow-rest", "no-scope.token", Status.ScopeInsufficient, 403, "scope=\"user_impersonation\"", "scp"),
        ("workflow-rest", "forged.token", Status.SignatureInvalid, 401, "error=\"invalid_token\"", ""),
        ("off", "good.token", Status.ApiDisabled, 403, "", ""),
        ("absent", "good.token", Status.ApiUnknown, 500, "", ""),
        ("", "good.token", Status.ApiUnknown, 500, "", ""),
    ];

    public static void Run(World world) {
        Versions();
        using var verifier = world.Open();
        using var verdict = new Verdict();
        Check.Same(Status.CredentialsMissing, verdict.Status);
        Accepted(world, verifier, verdict);
        Denied(world, verifier, verdict);
        Headers(world, verifier, verdict);
        StructSize(world, verifier, verdict);
        Pending(world, verdict);
        Panic(world, verifier, verdict);
        Configurations(world);
    }

    static void Versions() {
        Check.Same(Native.AbiVersion, Native.doorward_abi_version());
        Check.Holds(".", Native.doorward_version().ToString());
        foreach (var status in Enum.GetValues<Status>()) {
            Check.Same(status.ToString(), Native.doorward_status_name(status).ToString());
        }
        Check.Same(401u, Native.doorward_status_http(Status.Expired));
        Check.Same("", Native.doorward_status_name((Status)uint.MaxValue).ToString());
    }

    static void Accepted(World world, Verifier verifier, Verdict verdict) {
        Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
        Check.Same(Status.Ok, verdict.Status);
        foreach (var (function, expected) in identity) {
            Check.Same(expected, verdict.Text(Native.TextOf(function)), function);
        }
        Check.That(verdict.IsAdministrator);
        Check.That(verdict.ExpiresAt > DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Check.Same("user_impersonation reports.read", string.Join(' ', verdict.Scopes));
        Claims(verdict);
    }

    static void Claims(Verdict verdict) {
        Check.Same("say \"h\u00e9\"", verdict.Claim("greeting"u8));
        Check.Same("tenant-1", verdict.Claim("tid"u8));
        Check.Same("", verdict.Claim("absent"u8));
        Check.Same("", verdict.Claim(default));
        Check.Same("{\"region\":[\"eu\"]}", verdict.ClaimJson("place"u8));
        Check.Same(Status.Ok, verdict.ClaimNumber("level"u8, out long number));
        Check.Same(-3, number);
        Check.Same(Status.Ok, verdict.ClaimNumber("largest"u8, out number));
        Check.Same(long.MaxValue, number);
        Check.Same(Status.ClaimMalformed, verdict.ClaimNumber("too_large"u8, out number));
        Check.Same(0, number);
        Check.Same(Status.ClaimMissing, verdict.ClaimNumber("absent"u8, out number));
    }

    static void Denied(World world, Verifier verifier, Verdict verdict) {
        foreach (var row in denials) {
            Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
            var api = System.Text.Encoding.UTF8.GetBytes(row.Api);
            Check.Same(row.Status, verifier.Verify(api, world.Token(row.Token), verdict), row.Token);
            IsDenied(verdict, row.Status, row.Http);
            var challenge = verdict.Text(Native.TextOf("doorward_verdict_challenge"));
            Check.Holds(row.Challenge, challenge);
            Check.Same(row.Challenge.Length == 0, challenge.Length == 0);
            Check.Same(row.Claim, verdict.Text(Native.TextOf("doorward_verdict_denied_claim")));
            Check.Same(0u, verdict.RetryAfter);
        }
    }

    static void IsDenied(Verdict verdict, Status status, uint http) {
        Check.Same(status, verdict.Status);
        Check.Same(http, verdict.Http);
        NoIdentity(verdict);
    }

    static void NoIdentity(Verdict verdict) {
        foreach (var (function, _) in identity) {
            Check.Same("", verdict.Text(Native.TextOf(function)), function);
        }
        Check.That(!verdict.IsAdministrator);
        Check.Same(0, verdict.ExpiresAt);
        Check.Same(0, verdict.Scopes.Length);
        Check.Same("", verdict.Claim("sub"u8));
    }

    static void Headers(World world, Verifier verifier, Verdict verdict) {
        Check.Same(Status.HeaderRepeated, verifier.Verify("workflow-rest"u8, world.Good, verdict, headers: 2));
        IsDenied(verdict, Status.HeaderRepeated, 400);
        Check.Same(Status.CredentialsMissing, verifier.Verify("workflow-rest"u8, default, verdict, headers: 0));
        IsDenied(verdict, Status.CredentialsMissing, 401);
        Check.Same(Status.CredentialsMissing, verifier.Verify("workflow-rest"u8, Array.Empty<byte>(), verdict));
        // Within something that is larger: the bytes around it are not the header's.
        byte[] within = [(byte)'x', .. world.Good, (byte)'x'];
        Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, within.AsSpan(1, world.Good.Length), verdict));
        Check.Same(Status.Ok, verdict.Status);
    }

    static void StructSize(World world, Verifier verifier, Verdict verdict) {
        foreach (int grown in new[] { 1, -1, 8, -8, -sizeof(Request) }) {
            Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
            Check.Same(Status.AbiMismatch, verifier.Verify("workflow-rest"u8, world.Good, verdict, grown: grown));
            IsDenied(verdict, Status.AbiMismatch, 500);
        }
    }

    /// <summary>Nobody answers where the keys of this issuer are to be fetched from.</summary>
    static void Pending(World world, Verdict verdict) {
        using var verifier = world.Open("remote.json");
        var token = world.Token("remote.token");
        Check.Same(Status.Pending, verifier.Verify("remote"u8, token, verdict));
        Check.Same(Status.Pending, verdict.Status);
        NoIdentity(verdict);
        Check.Same(Status.KeysNeverLoaded, verifier.Resolve("remote"u8, token, verdict));
        IsDenied(verdict, Status.KeysNeverLoaded, 503);
        Check.That(verdict.RetryAfter > 0);
    }

    /// <summary>What the library unwinds within itself, beside what .NET does with its own exceptions.</summary>
    static void Panic(World world, Verifier verifier, Verdict verdict) {
        if (!Native.Exports("doorward_test_panic")) {
            return;
        }
        for (int time = 0; time < 3; time++) {
            Check.Same(Status.InternalPanic, Native.doorward_test_panic());
            Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
        }
    }

    static void Configurations(World world) {
        Check.Same(null, Verifier.Open(world.At("bad-config.json"), out var status, out var error));
        Check.Same(Status.FieldUnknown, status);
        Check.Holds("apis.workflow-rest.scopez: ", error);
        Check.Same(null, Verifier.Open(world.At("absent.json"), out status, out error));
        Check.Same(Status.FileUnreadable, status);
        using var verifier = world.Open();
        using var verdict = new Verdict();
        Check.Same(Status.FieldUnknown, verifier.Reload(world.At("bad-config.json")));
        Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
        Check.Same(Status.Ok, verifier.Reload(world.At("other.json")));
        Check.Same(Status.ApiUnknown, verifier.Verify("workflow-rest"u8, world.Good, verdict));
        Check.Same(Status.Ok, verifier.Verify("other"u8, world.Good, verdict));
        Health(verifier);
    }

    static void Health(Verifier verifier) {
        Check.Same(Status.BufferTooSmall, verifier.Health(default, out int needed));
        Check.That(needed > 0);
        var buffer = new byte[needed];
        Check.Same(Status.Ok, verifier.Health(buffer, out needed));
        Check.Same(buffer.Length, needed);
        Check.Holds("\"contoso\"", System.Text.Encoding.UTF8.GetString(buffer));
    }
}
