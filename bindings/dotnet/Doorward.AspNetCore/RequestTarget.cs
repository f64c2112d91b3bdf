namespace Doorward.AspNetCore;

/// <summary>The target of a request line (RFC 9112, section 3.2).</summary>
static class RequestTarget {
    const string AfterScheme = "://";

    /// <summary>From its first slash on: a proxy is sent the scheme and the host, too. Null where it has none.</summary>
    internal static string? Path(string? target) {
        if (string.IsNullOrEmpty(target) || target[0] == '/') {
            return target;
        }
        int scheme = target.IndexOf(AfterScheme, StringComparison.Ordinal);
        int path = scheme > 0 ? target.IndexOf('/', scheme + AfterScheme.Length) : -1;
        return path > 0 ? target[path..] : target;
    }
}
