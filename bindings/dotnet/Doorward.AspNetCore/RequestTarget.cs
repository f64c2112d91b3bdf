using System.Buffers;

namespace Doorward.AspNetCore;

/// <summary>The target of a request line (RFC 9112, section 3.2).</summary>
static class RequestTarget {
    static readonly string[] schemes = ["http://", "https://"];

    /// <summary>Of names, addresses and ports.</summary>
    static readonly SearchValues<char> hostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]");

    /// <summary>
    /// From its path on: a proxy is sent the scheme and the host, too. Where the path does not follow a plain host at once, servers
    /// could see another one: then it is all of the target, which is no path.
    /// </summary>
    internal static string? Path(string? target) {
        foreach (string scheme in schemes) {
            if (target is not null && target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) {
                var rest = target.AsSpan(scheme.Length);
                int host = rest.IndexOfAnyExcept(hostCharacters);
                return host > 0 && rest[host] == '/' ? rest[host..].ToString() : target;
            }
        }
        return target;
    }
}
