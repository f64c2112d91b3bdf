namespace Doorward.AspNetCore;

/// <summary>The API that an endpoint, a controller or an action is for, by its name in Doorward's configuration.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DoorwardApiAttribute(string api) : Attribute {
    /// <summary>Its name.</summary>
    public string Api { get; } = api;
}
