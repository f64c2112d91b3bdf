using System;
using System.Text;

namespace Doorward;

/// <summary>
/// A configuration, with the keys and credentials that it leads to, that decides requests. One serves all threads.
/// </summary>
/// <example><code>
/// using var verifier = Verifier.OpenFile("doorward.json");
/// using var verdict = new Verdict();
/// if (verifier.Verify(new Request("workflow-rest", header), verdict) == Status.Pending) {
///     await verifier.ResolveAsync(new Request("workflow-rest", header), verdict, cancellation);
/// }
/// </code></example>
public sealed unsafe partial class Verifier : IDisposable {
    readonly VerifierHandle handle;

    internal VerifierHandle Handle => handle;

    internal Verifier(VerifierHandle handle) => this.handle = handle;

    /// <summary>
    /// Opens a configuration in JSON. Names of files in it are relative to <paramref name="folder"/>, else to the current one.
    /// Reads files and may block; fetches nothing.
    /// </summary>
    /// <exception cref="DoorwardException">A code of the block 7000, with the path of the field that is wrong.</exception>
    public static Verifier Open(string json, string? folder = null) {
        byte[] configuration = Utf8.Bytes(json), place = Utf8.Bytes(folder ?? "");
        nuint length = (nuint)Utf8.Length(json), placeLength = (nuint)Utf8.Length(folder ?? "");
        return Open((verifier, error, capacity, needed) => {
            fixed (byte* data = configuration, @base = place) {
                return NativeMethods.doorward_verifier_open(data, length, folder is null ? null : @base, placeLength, 0,
                    (IntPtr*)verifier, error, capacity, needed);
            }
        });
    }

    /// <summary>Opens a file. Names of files in it are relative to its folder. Reads files and may block; fetches nothing.</summary>
    /// <exception cref="DoorwardException">A code of the block 7000, with the file and the path of the field that is wrong.</exception>
    public static Verifier OpenFile(string path) {
        byte[] name = Utf8.Bytes(path);
        nuint length = (nuint)Utf8.Length(path);
        return Open((verifier, error, capacity, needed) => {
            fixed (byte* data = name) {
                return NativeMethods.doorward_verifier_open_file(data, length, 0, (IntPtr*)verifier, error, capacity, needed);
            }
        });
    }

    /// <summary>
    /// Opens a file, starts to fetch, and waits until each issuer has keys, at most for <paramref name="timeout"/>. It also opens
    /// where they don't come: <see cref="Health"/> tells, and they are fetched as soon as they can be.
    /// </summary>
    /// <exception cref="DoorwardException">As <see cref="OpenFile"/>.</exception>
    public static Verifier OpenAndWait(string path, TimeSpan timeout) {
        var verifier = OpenFile(path);
        try {
            verifier.Start();
            verifier.WaitForKeys(timeout);
            return verifier;
        } catch {
            verifier.Dispose();
            throw;
        }
    }

    /// <summary>Starts to refresh keys and to look at files, as the first request would.</summary>
    public void Start() {
        using var use = new Use(handle);
        NativeCall.Check(NativeMethods.doorward_verifier_start(use.Pointer));
    }

    /// <summary>Waits until each issuer has keys. Whether they have. Blocks.</summary>
    public bool WaitForKeys(TimeSpan timeout) {
        uint ready = 0;
        using var use = new Use(handle);
        NativeCall.Check(NativeMethods.doorward_verifier_wait(use.Pointer, (ulong)Math.Max(0, timeout.TotalMilliseconds), &ready));
        return ready != 0;
    }

    /// <summary>Whether the configuration has an API of this name, switched on or off.</summary>
    public bool HasApi(string api) {
        byte[] name = Utf8.Bytes(api);
        using var use = new Use(handle);
        fixed (byte* data = name) {
            return NativeMethods.doorward_verifier_has_api(use.Pointer, data, (nuint)Utf8.Length(api)) != 0;
        }
    }

    /// <summary>
    /// Verifies one request. Never blocks, and allocates nothing once the verdict was used. The answer is <see cref="Status.Ok"/>,
    /// <see cref="Status.Pending"/>, or the code of the denial.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The verifier or the verdict was disposed of.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the verdict.</exception>
    public Status Verify(in Request request, Verdict verdict) => Decide(in request, verdict, mayBlock: false);

    /// <summary>
    /// Verifies one request, and where it is pending waits for what it needs, at most for the configuration's
    /// <c>resolve_timeout</c>. Blocks. The answer is never <see cref="Status.Pending"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The verifier or the verdict was disposed of.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the verdict.</exception>
    public Status Resolve(in Request request, Verdict verdict) => Decide(in request, verdict, mayBlock: true);

    /// <summary>Replaces the configuration: all of it, or where it is wrong nothing of it. May block.</summary>
    /// <exception cref="DoorwardException">As <see cref="Open(string, string?)"/>; the old one goes on serving.</exception>
    public void Reload(string json, string? folder = null) {
        byte[] configuration = Utf8.Bytes(json), place = Utf8.Bytes(folder ?? "");
        using var use = new Use(handle);
        var verifier = use.Pointer;
        NativeCall.Check((error, capacity, needed) => {
            fixed (byte* data = configuration, @base = place) {
                return NativeMethods.doorward_verifier_reload(verifier, data, (nuint)Utf8.Length(json),
                    folder is null ? null : @base, (nuint)Utf8.Length(folder ?? ""), error, capacity, needed);
            }
        });
    }

    /// <summary>Replaces the configuration by that of a file. May block.</summary>
    /// <exception cref="DoorwardException">As <see cref="OpenFile"/>; the old one goes on serving.</exception>
    public void ReloadFile(string path) => WithText(path, NativeMethods.doorward_verifier_reload_file);

    /// <summary>
    /// Revokes tokens in this process, by lines of JSON as the file of a denylist has them: all of them, or where one is wrong none.
    /// </summary>
    /// <exception cref="DoorwardException">With the number of the line.</exception>
    public void Revoke(string lines) => WithText(lines, NativeMethods.doorward_verifier_revoke);

    /// <summary>Forgets that a user proved a password: the next request is checked by the directory again.</summary>
    public void Forget(string qualifiedName) {
        byte[] name = Utf8.Bytes(qualifiedName);
        using var use = new Use(handle);
        fixed (byte* data = name) {
            NativeCall.Check(NativeMethods.doorward_verifier_forget(use.Pointer, data, (nuint)Utf8.Length(qualifiedName)));
        }
    }

    /// <summary>
    /// Lifts what was counted against an account after wrong passwords, by the fully qualified name, such as <c>K2:CONTOSO\Bob</c>, or
    /// by the label and a name that the user logs in by: its next password is checked. Whether there was something to lift. It
    /// concerns this process; a line of the denylist's file reaches all that share it.
    /// </summary>
    public bool Unlock(string qualifiedName) {
        byte[] name = Utf8.Bytes(qualifiedName);
        uint unlocked = 0;
        using var use = new Use(handle);
        fixed (byte* data = name) {
            NativeCall.Check(
                NativeMethods.doorward_verifier_unlock(use.Pointer, data, (nuint)Utf8.Length(qualifiedName), &unlocked));
        }
        return unlocked != 0;
    }

    /// <summary>The health of keys, directories and the denylist, as JSON.</summary>
    public string Health() {
        using var use = new Use(handle);
        var verifier = use.Pointer;
        return NativeCall.Text((buffer, capacity, needed) =>
            NativeMethods.doorward_verifier_health(verifier, buffer, capacity, needed));
    }

    /// <summary>Every counter, in the text format of Prometheus.</summary>
    public string Metrics() {
        using var use = new Use(handle);
        var verifier = use.Pointer;
        return NativeCall.Text((buffer, capacity, needed) =>
            NativeMethods.doorward_verifier_metrics(verifier, buffer, capacity, needed));
    }

    /// <summary>What came of each step of a request, and what to change, as text or as JSON. It holds claims of the token: not for clients.</summary>
    public string Explain(in Request request, bool json = false) {
        var copy = new RequestCopy(in request);
        using var use = new Use(handle);
        var verifier = use.Pointer;
        try {
            return NativeCall.Text((buffer, capacity, needed) => copy.Call(native =>
                NativeMethods.doorward_verifier_explain(verifier, (NativeRequest*)native, json ? 1u : 0, buffer, capacity, needed)));
        } finally {
            copy.Wipe();
        }
    }

    /// <summary>Ends it: at once, or when the calls that run have returned. Later ones throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => handle.End();

    delegate Status Opening(IntPtr verifier, byte* error, nuint capacity, nuint* needed);

    static Verifier Open(Opening open) {
        NativeLibraryFile.Load();
        IntPtr verifier = IntPtr.Zero;
        var where = (IntPtr)(&verifier);
        NativeCall.Check((error, capacity, needed) => open(where, error, capacity, needed));
        return new Verifier(new VerifierHandle(verifier));
    }

    delegate Status Taking(IntPtr verifier, byte* text, nuint length, byte* error, nuint capacity, nuint* needed);

    void WithText(string text, Taking take) {
        byte[] bytes = Utf8.Bytes(text);
        using var use = new Use(handle);
        var verifier = use.Pointer;
        NativeCall.Check((error, capacity, needed) => {
            fixed (byte* data = bytes) {
                return take(verifier, data, (nuint)Utf8.Length(text), error, capacity, needed);
            }
        });
    }

    /// <summary>One call with it.</summary>
    readonly ref struct Use {
        readonly VerifierHandle handle;

        internal readonly IntPtr Pointer;

        internal Use(VerifierHandle handle) {
            this.handle = handle;
            Pointer = handle.Enter();
        }

        public void Dispose() => handle.Exit();
    }
}
