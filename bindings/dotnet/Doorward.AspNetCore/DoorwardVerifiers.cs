using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Doorward.AspNetCore;

/// <summary>The verifier of each scheme, to reload it, revoke tokens, or explain a verdict.</summary>
public sealed class DoorwardVerifiers : IDisposable {
    readonly IOptionsMonitor<DoorwardOptions> options;
    readonly IHostEnvironment environment;
    readonly ConcurrentDictionary<string, Lazy<Verifier>> verifiers = new();

    /// <summary>For the container.</summary>
    public DoorwardVerifiers(IOptionsMonitor<DoorwardOptions> options, IHostEnvironment environment) =>
        (this.options, this.environment) = (options, environment);

    /// <summary>The one of a scheme. It is opened when the application starts.</summary>
    public Verifier Get(string scheme = DoorwardDefaults.Scheme) =>
        verifiers.GetOrAdd(scheme, name => new Lazy<Verifier>(() => Open(name))).Value;

    /// <summary>Those that were opened, with their schemes.</summary>
    internal IEnumerable<(string Scheme, Verifier Verifier)> Opened() =>
        from entry in verifiers where entry.Value.IsValueCreated select (entry.Key, entry.Value.Value);

    Verifier Open(string scheme) {
        var wanted = options.Get(scheme);
        var verifier = Verifier.OpenFile(Path.Combine(environment.ContentRootPath, wanted.Configuration));
        if (wanted.Api is { } api && !verifier.HasApi(api)) {
            verifier.Dispose();
            throw new InvalidOperationException($"{wanted.Configuration} has no API \"{api}\", which {nameof(wanted.Api)} of {scheme} names");
        }
        return verifier;
    }

    /// <summary>Ends them, when the application has ended.</summary>
    public void Dispose() {
        foreach (var (_, verifier) in Opened()) {
            verifier.Dispose();
        }
    }
}
