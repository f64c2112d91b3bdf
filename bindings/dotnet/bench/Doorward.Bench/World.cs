using System.Runtime.InteropServices;
using System.Text;

namespace Doorward.Bench;

/// <summary>One kind of request, and the ways to decide it.</summary>
sealed record Subject(string Name, Action Native, Action Bytes, Action String, Action? Framework);

/// <summary>What the bench in Rust has made: a configuration, the key set of its issuer, and a token of each algorithm.</summary>
sealed unsafe class World : IDisposable {
    const string Api = "api";

    static ReadOnlySpan<byte> ApiBytes => "api"u8;

    readonly Verifier verifier;
    readonly Verdict verdict = new();
    readonly Framework framework;
    readonly List<GCHandle> pinned = [];

    internal World(string folder) {
        verifier = Verifier.OpenFile(Path.Combine(folder, "config.json"));
        framework = new Framework(File.ReadAllText(Path.Combine(folder, "keys.json")));
        Subjects.Add(Of("no credentials", null, Status.CredentialsMissing));
        Subjects.Add(Of("malformed", "Bearer x", Status.TokenMalformed));
        foreach (string algorithm in new[] { "HS256", "ES256", "RS256" }) {
            string header = "Bearer " + File.ReadAllText(Path.Combine(folder, algorithm + ".token"));
            Subjects.Add(Of(algorithm, header, Status.Ok) with { Framework = () => Holds(framework.Accepts(header)) });
        }
    }

    internal List<Subject> Subjects { get; } = [];

    public void Dispose() {
        verdict.Dispose();
        verifier.Dispose();
        pinned.ForEach(handle => handle.Free());
    }

    Subject Of(string name, string? header, Status expected) {
        byte[]? bytes = header is null ? null : Encoding.ASCII.GetBytes(header);
        int count = bytes is null ? 0 : 1;
        return new Subject(
            name,
            Native(bytes, expected),
            () => Holds(verifier.Verify(new Request { Api = ApiBytes, Authorization = bytes, AuthorizationCount = count }, verdict) == expected),
            () => Holds(verifier.Verify(new Request(Api, header), verdict) == expected),
            null);
    }

    /// <summary>The call of the library alone: all that it needs is where C would have it.</summary>
    Action Native(byte[]? bytes, Status expected) {
        NativeRequest request = default;
        request.struct_size = (nuint)sizeof(NativeRequest);
        request.api = Pinned(ApiBytes.ToArray());
        request.api_len = (nuint)ApiBytes.Length;
        if (bytes is not null) {
            request.authorization = Pinned(bytes);
            request.authorization_len = (nuint)bytes.Length;
            request.authorization_count = 1;
        }
        var place = (NativeRequest*)Pinned(new byte[sizeof(NativeRequest)]);
        *place = request;
        IntPtr verifier = this.verifier.Handle.DangerousGetHandle(), verdict = this.verdict.Handle.DangerousGetHandle();
        return () => Holds(NativeMethods.doorward_verifier_verify(verifier, place, verdict) == expected);
    }

    byte* Pinned(byte[] bytes) {
        var handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        pinned.Add(handle);
        return (byte*)handle.AddrOfPinnedObject();
    }

    static void Holds(bool isSo) {
        if (!isSo) {
            throw new InvalidOperationException("the answer is another one");
        }
    }
}
