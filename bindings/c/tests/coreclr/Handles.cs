// A verifier and a verdict, freed when they are disposed of, or else by the collector.
using System.Runtime.InteropServices;
using System.Text;

/// <summary>Keeps a handle open for one call, also where another thread disposes of it meanwhile.</summary>
readonly ref struct Use {
    readonly Handle handle;

    public readonly nint Pointer;

    public Use(Handle handle) {
        bool isAdded = false;
        // A handle lets new calls in until none is running, which never comes where many threads overlap.
        ObjectDisposedException.ThrowIf(handle.IsDisposed, handle);
        handle.DangerousAddRef(ref isAdded);
        this.handle = handle;
        Pointer = handle.DangerousGetHandle();
    }

    public void Dispose() => handle.DangerousRelease();
}

abstract class Handle(Action<nint> free) : SafeHandle(0, ownsHandle: true) {
    static int live;
    volatile bool isDisposed;

    /// <summary>How many verifiers and verdicts are not freed yet.</summary>
    public static int Live => Volatile.Read(ref live);

    public bool IsDisposed => isDisposed;

    public override bool IsInvalid => handle == 0;

    protected void Own(nint pointer) {
        SetHandle(pointer);
        Interlocked.Increment(ref live);
    }

    protected override void Dispose(bool isByHand) {
        isDisposed = true;
        base.Dispose(isByHand);
    }

    protected override bool ReleaseHandle() {
        free(handle);
        Interlocked.Decrement(ref live);
        return true;
    }
}

sealed unsafe class Verdict : Handle {
    public Verdict() : base(Native.doorward_verdict_free) {
        nint pointer;
        Check.Same(Status.Ok, Native.doorward_verdict_new(&pointer));
        Own(pointer);
    }

    public Status Status {
        get {
            using var use = new Use(this);
            return Native.doorward_verdict_status(use.Pointer);
        }
    }

    public uint Http {
        get {
            using var use = new Use(this);
            return Native.doorward_verdict_http(use.Pointer);
        }
    }

    public uint RetryAfter {
        get {
            using var use = new Use(this);
            return Native.doorward_verdict_retry_after(use.Pointer);
        }
    }

    public bool IsAdministrator {
        get {
            using var use = new Use(this);
            return Native.doorward_verdict_is_administrator(use.Pointer) != 0;
        }
    }

    public long ExpiresAt {
        get {
            using var use = new Use(this);
            return Native.doorward_verdict_expires_at(use.Pointer);
        }
    }

    public string[] Scopes {
        get {
            using var use = new Use(this);
            var scopes = new string[(int)Native.doorward_verdict_scope_count(use.Pointer)];
            for (int at = 0; at < scopes.Length; at++) {
                scopes[at] = Native.doorward_verdict_scope(use.Pointer, (nuint)at).ToString();
            }
            return scopes;
        }
    }

    public string Text(delegate* unmanaged[Cdecl]<nint, Slice> read) {
        using var use = new Use(this);
        return read(use.Pointer).ToString();
    }

    /// <summary>Compares where the text is, without a string.</summary>
    public bool Reads(delegate* unmanaged[Cdecl]<nint, Slice> read, ReadOnlySpan<byte> expected) {
        using var use = new Use(this);
        return read(use.Pointer).Bytes.SequenceEqual(expected);
    }

    public string Claim(ReadOnlySpan<byte> name) {
        using var use = new Use(this);
        fixed (byte* bytes = name) {
            return Native.doorward_verdict_claim(use.Pointer, bytes, (nuint)name.Length).ToString();
        }
    }

    public string ClaimJson(ReadOnlySpan<byte> name) {
        using var use = new Use(this);
        fixed (byte* bytes = name) {
            return Native.doorward_verdict_claim_json(use.Pointer, bytes, (nuint)name.Length).ToString();
        }
    }

    public Status ClaimNumber(ReadOnlySpan<byte> name, out long number) {
        using var use = new Use(this);
        fixed (byte* bytes = name)
        fixed (long* where = &number) {
            return Native.doorward_verdict_claim_number(use.Pointer, bytes, (nuint)name.Length, where);
        }
    }
}

sealed unsafe class Verifier : Handle {
    const int ErrorBytes = 1024;

    Verifier(nint pointer) : base(Native.doorward_verifier_free) => Own(pointer);

    /// <summary>Opens a file. What is wrong with it is told by `error`, and there is no verifier.</summary>
    public static Verifier? Open(string path, out Status status, out string error) {
        nint pointer;
        nuint needed;
        byte* buffer = stackalloc byte[ErrorBytes];
        byte[] name = Encoding.UTF8.GetBytes(path);
        fixed (byte* bytes = name) {
            status = Native.doorward_verifier_open_file(bytes, (nuint)name.Length, 0, &pointer, buffer, ErrorBytes,
                                                        &needed);
        }
        error = Encoding.UTF8.GetString(buffer, (int)needed);
        return pointer == 0 ? null : new Verifier(pointer);
    }

    public Status Start() {
        using var use = new Use(this);
        return Native.doorward_verifier_start(use.Pointer);
    }

    /// <summary>Asks for a request with so many headers, or for a struct of another version by its size.</summary>
    public Status Verify(ReadOnlySpan<byte> api, ReadOnlySpan<byte> authorization, Verdict verdict, int headers = 1,
                         int grown = 0) {
        using Use verifier = new(this), answer = new(verdict);
        fixed (byte* name = api)
        fixed (byte* value = authorization) {
            var request = RequestOf(new(name, api.Length), new(value, authorization.Length), headers);
            request.Size += (nuint)grown;
            return Native.doorward_verifier_verify(verifier.Pointer, &request, answer.Pointer);
        }
    }

    public Status Resolve(ReadOnlySpan<byte> api, ReadOnlySpan<byte> authorization, Verdict verdict) {
        using Use verifier = new(this), answer = new(verdict);
        fixed (byte* name = api)
        fixed (byte* value = authorization) {
            var request = RequestOf(new(name, api.Length), new(value, authorization.Length), 1);
            return Native.doorward_verifier_resolve(verifier.Pointer, &request, answer.Pointer);
        }
    }

    static Request RequestOf(Slice api, Slice authorization, int headers) => new() {
        Size = (nuint)sizeof(Request),
        Api = api,
        Authorization = authorization,
        AuthorizationCount = (nuint)headers,
    };

    public Status Reload(string path) {
        using var use = new Use(this);
        byte[] name = Encoding.UTF8.GetBytes(path);
        fixed (byte* bytes = name) {
            return Native.doorward_verifier_reload_file(use.Pointer, bytes, (nuint)name.Length, null, 0, null);
        }
    }

    public Status Health(Span<byte> buffer, out int needed) {
        using var use = new Use(this);
        nuint length;
        fixed (byte* bytes = buffer) {
            var status = Native.doorward_verifier_health(use.Pointer, bytes, (nuint)buffer.Length, &length);
            needed = (int)length;
            return status;
        }
    }
}
