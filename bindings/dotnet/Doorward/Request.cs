namespace Doorward;

/// <summary>
/// One HTTP request, as far as the decision asks for it: <c>new Request("workflow-rest", header)</c>, or with the fields by
/// name. Exactly one of <see cref="Api"/> and <see cref="Path"/> is given.
/// </summary>
public ref struct Request {
    /// <summary>A request for an API, with one <c>Authorization</c> header, or with none where it is null.</summary>
    public Request(string api, string? authorization) {
        Api = api;
        Authorization = authorization;
        AuthorizationCount = authorization is null ? 0 : 1;
    }

    /// <summary>The API that the request is for, by its name in the configuration.</summary>
    public Text Api { readonly get; set; }

    /// <summary>
    /// In its place, the target of the request line as the client sent it, such as Kestrel's <c>RawTarget</c>: not decoded, and
    /// nothing resolved. The configuration's <c>paths</c> decide for which API it is.
    /// </summary>
    public Text Path { readonly get; set; }

    /// <summary>The value of the <c>Authorization</c> header.</summary>
    public Text Authorization { readonly get; set; }

    /// <summary>
    /// How many <c>Authorization</c> headers there are; more than one is refused. A host that sees one value, which may have
    /// been merged of several, says 1.
    /// </summary>
    public int AuthorizationCount { readonly get; set; }

    /// <summary>
    /// From where the request comes: the client's address as the host knows it, without a port, such as <c>RemoteIpAddress</c> as
    /// a text. Behind a proxy that is what the proxy says, if it is trusted. It is compared as it is, and never shown. It helps
    /// against who guesses a user's password: the user's own addresses are not made to pay for it.
    /// </summary>
    public Text Peer { readonly get; set; }
}
