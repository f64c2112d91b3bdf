using System;
using System.Collections.Generic;
using System.Security.Claims;

namespace Doorward;

/// <summary>
/// The identity of an accepted request, for <see cref="ClaimsPrincipal"/>. Its claims are made when they are first asked for,
/// from the verdict.
/// </summary>
/// <remarks>
/// Each verified claim of the token has its own name, and its JSON where it is an object. Beside them are those that .NET looks
/// for: <see cref="ClaimTypes.Name"/> is the fully qualified name, <see cref="ClaimTypes.NameIdentifier"/> the subject,
/// <see cref="ClaimTypes.Role"/> each role, <c>scope</c> each scope.
/// </remarks>
public sealed class DoorwardIdentity : ClaimsIdentity {
    readonly object gate = new();
    Verdict? source;
    bool isMade;

    /// <summary>Takes over the verdict, which has to read accepted, until the claims are made or <see cref="Release"/> is called.</summary>
    public DoorwardIdentity(Verdict verdict) : base(authenticationType: "Doorward") {
        if (!verdict.IsAccepted) {
            throw new ArgumentException("the verdict is not accepted", nameof(verdict));
        }
        source = verdict;
        Name = verdict.QualifiedName;
        IsAdministrator = verdict.IsAdministrator;
        IsAppOnly = verdict.IsAppOnly;
    }

    /// <summary>The fully qualified name, such as <c>AAD:alice@contoso.example</c>.</summary>
    public override string? Name { get; }

    /// <summary>Always true.</summary>
    public override bool IsAuthenticated => true;

    /// <summary>Whether the API's configuration has the user among its <c>administrators</c>.</summary>
    public bool IsAdministrator { get; }

    /// <summary>Whether an application calls for itself, without a user.</summary>
    public bool IsAppOnly { get; }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims {
        get {
            Make();
            return base.Claims;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> FindAll(Predicate<Claim> match) => Made.FindAllMade(match);

    /// <inheritdoc/>
    public override IEnumerable<Claim> FindAll(string type) => Made.FindAllMade(type);

    /// <inheritdoc/>
    public override Claim? FindFirst(Predicate<Claim> match) => Made.FindFirstMade(match);

    /// <inheritdoc/>
    public override Claim? FindFirst(string type) => Made.FindFirstMade(type);

    /// <inheritdoc/>
    public override bool HasClaim(Predicate<Claim> match) => Made.HasMade(match);

    /// <inheritdoc/>
    public override bool HasClaim(string type, string value) => Made.HasMade(type, value);

    /// <inheritdoc/>
    public override ClaimsIdentity Clone() {
        Make();
        return new ClaimsIdentity(this, base.Claims, AuthenticationType, NameClaimType, RoleClaimType);
    }

    /// <summary>Gives the verdict back, at the end of the request. Claims that nobody has asked for can't be read afterwards.</summary>
    public void Release() {
        lock (gate) {
            source?.Dispose();
            source = null;
        }
    }

    DoorwardIdentity Made {
        get {
            Make();
            return this;
        }
    }

    IEnumerable<Claim> FindAllMade(Predicate<Claim> match) => base.FindAll(match);

    IEnumerable<Claim> FindAllMade(string type) => base.FindAll(type);

    Claim? FindFirstMade(Predicate<Claim> match) => base.FindFirst(match);

    Claim? FindFirstMade(string type) => base.FindFirst(type);

    bool HasMade(Predicate<Claim> match) => base.HasClaim(match);

    bool HasMade(string type, string value) => base.HasClaim(type, value);

    void Make() {
        lock (gate) {
            if (isMade) {
                return;
            }
            if (source is null) {
                throw new InvalidOperationException("the request has ended: ask for the claims of a user during it");
            }
            AddClaims(VerdictClaims.Of(source));
            isMade = true;
        }
    }
}
