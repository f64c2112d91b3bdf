using System.Collections.Generic;
using System.Globalization;
using System.Security.Claims;

namespace Doorward;

/// <summary>The claims of an accepted verdict, as .NET has them.</summary>
static class VerdictClaims {
    internal static List<Claim> Of(Verdict verdict) {
        string issuer = verdict.Issuer ?? verdict.Label ?? ClaimsIdentity.DefaultIssuer;
        var claims = new List<Claim>();
        void Add(string type, string? value, string kind = ClaimValueTypes.String) {
            if (value is not null) {
                claims.Add(new Claim(type, value, kind, issuer));
            }
        }

        Add(ClaimTypes.Name, verdict.QualifiedName);
        Add(ClaimTypes.NameIdentifier, verdict.Subject ?? verdict.User);
        Add(ClaimTypes.AuthenticationMethod, verdict.Method);
        Add(DoorwardClaimTypes.Label, verdict.Label);
        Add(DoorwardClaimTypes.User, verdict.User);
        Add(DoorwardClaimTypes.TenantId, verdict.Tenant);
        Add(DoorwardClaimTypes.ObjectId, verdict.ObjectId);
        Add(DoorwardClaimTypes.Client, verdict.Client);
        Add(ClaimTypes.Expiration, verdict.ExpiresAt?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture), ClaimValueTypes.DateTime);
        foreach (string scope in verdict.Scopes) {
            Add(DoorwardClaimTypes.Scope, scope);
        }
        foreach (string role in verdict.Roles) {
            Add(ClaimTypes.Role, role);
        }
        AddOwn(verdict, Add);
        return claims;
    }

    delegate void Adding(string type, string? value, string kind);

    /// <summary>Those of the token, by their own names. Scopes are there already, one by one.</summary>
    static void AddOwn(Verdict verdict, Adding add) {
        foreach (string name in verdict.ClaimNames) {
            if (name == DoorwardClaimTypes.Scope) {
                continue;
            }
            string? json = verdict.ClaimJson(name);
            string? text = verdict.Claim(name);
            bool isText = json is { Length: > 0 } && json[0] == '"';
            add(name, isText ? text ?? "" : json, isText ? ClaimValueTypes.String : KindOf(json));
        }
    }

    static string KindOf(string? json) => json switch {
        "true" or "false" => ClaimValueTypes.Boolean,
        { Length: > 0 } when json[0] is '{' or '[' => "JSON",
        not null when long.TryParse(json, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => ClaimValueTypes.Integer64,
        _ => ClaimValueTypes.String,
    };
}
