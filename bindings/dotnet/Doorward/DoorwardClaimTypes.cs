namespace Doorward;

/// <summary>Types of claims that <see cref="System.Security.Claims.ClaimTypes"/> has no name for.</summary>
public static class DoorwardClaimTypes {
    /// <summary>The label of the user manager.</summary>
    public const string Label = "doorward:label";

    /// <summary>The user's name, without the label.</summary>
    public const string User = "doorward:user";

    /// <summary>The client application, whichever claim of the token names it.</summary>
    public const string Client = "doorward:client";

    /// <summary>One scope each (RFC 8693, section 4.2).</summary>
    public const string Scope = "scope";

    /// <summary>The tenant (<c>tid</c>), by the name that .NET has for Entra ID.</summary>
    public const string TenantId = "http://schemas.microsoft.com/identity/claims/tenantid";

    /// <summary>The object id (<c>oid</c>), by the name that .NET has for Entra ID.</summary>
    public const string ObjectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";
}
