using System;
using System.Threading;

namespace Doorward;

/// <summary>
/// What came of a request. It is used again and again, by one thread at a time: each call overwrites it. It reads
/// <see cref="Status.CredentialsMissing"/> before the first one, and "denied" after a call that went wrong.
/// </summary>
/// <remarks>
/// A host that answers one request after the other keeps one; others make one for each request and dispose of it, which gives what
/// it has of the native library back to a pool. Nothing can be read of it afterwards: <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed unsafe class Verdict : IDisposable {
    VerdictHandle? handle;
    Status status = Status.CredentialsMissing;
    bool isDecided;

    /// <summary>Makes one, of what disposed ones have left or anew.</summary>
    public Verdict() => handle = VerdictPool.Rent().OwnedBy(this);

    /// <summary>The code: <see cref="Status.Ok"/> where the request may come in.</summary>
    public Status Status => Handle is null ? default : status;

    /// <summary>Whether the request may come in. Where it is false there is no identity.</summary>
    public bool IsAccepted => Status == Status.Ok;

    /// <summary>Whether <see cref="Verifier.Resolve"/> has to be called.</summary>
    public bool IsPending => Status == Status.Pending;

    /// <summary>The label of the user manager, such as <c>AAD</c>.</summary>
    public string? Label => Text(&NativeMethods.doorward_verdict_label);

    /// <summary>The user's name, without the label.</summary>
    public string? User => Text(&NativeMethods.doorward_verdict_user);

    /// <summary>The fully qualified name, such as <c>AAD:alice@contoso.example</c>.</summary>
    public string? QualifiedName => Text(&NativeMethods.doorward_verdict_qualified_name);

    /// <summary><c>bearer</c> or <c>basic</c>.</summary>
    public string? Method => Text(&NativeMethods.doorward_verdict_method);

    /// <summary>The issuer (<c>iss</c>).</summary>
    public string? Issuer => Text(&NativeMethods.doorward_verdict_issuer);

    /// <summary>The subject (<c>sub</c>).</summary>
    public string? Subject => Text(&NativeMethods.doorward_verdict_subject);

    /// <summary>The tenant (<c>tid</c>).</summary>
    public string? Tenant => Text(&NativeMethods.doorward_verdict_tenant);

    /// <summary>The object id (<c>oid</c>).</summary>
    public string? ObjectId => Text(&NativeMethods.doorward_verdict_object_id);

    /// <summary>The client application (<c>azp</c>, <c>appid</c>, <c>client_id</c>).</summary>
    public string? Client => Text(&NativeMethods.doorward_verdict_client);

    /// <summary>The token's id (<c>jti</c>, <c>uti</c>).</summary>
    public string? TokenId => Text(&NativeMethods.doorward_verdict_token_id);

    /// <summary>When the token expires (<c>exp</c>); null where nothing was accepted that does.</summary>
    public DateTimeOffset? ExpiresAt {
        get {
            using var use = new Use(this);
            long seconds = NativeMethods.doorward_verdict_expires_at(use.Pointer);
            return isDecided && seconds > 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }
    }

    /// <summary>Whether the API's configuration has the user among its <c>administrators</c>.</summary>
    public bool IsAdministrator => Number(&NativeMethods.doorward_verdict_is_administrator) != 0;

    /// <summary>Whether an application calls for itself, without a user.</summary>
    public bool IsAppOnly => Number(&NativeMethods.doorward_verdict_is_app_only) != 0;

    /// <summary>The scopes of the token. Makes an array.</summary>
    public string[] Scopes => List(&NativeMethods.doorward_verdict_scope_count, &NativeMethods.doorward_verdict_scope);

    /// <summary>The roles of the token, or the groups of a directory. Makes an array.</summary>
    public string[] Roles => List(&NativeMethods.doorward_verdict_role_count, &NativeMethods.doorward_verdict_role);

    /// <summary>The names of all claims of an accepted request. Makes an array.</summary>
    public string[] ClaimNames => List(&NativeMethods.doorward_verdict_claim_count, &NativeMethods.doorward_verdict_claim_name);

    /// <summary>The HTTP status to answer with; 500 where the request is accepted, for then it is the application's.</summary>
    public int Http => isDecided ? (int)Number(&NativeMethods.doorward_verdict_http) : Status.Http();

    /// <summary>
    /// The code that the client may be told: it does not tell a stranger that an account is locked. <see cref="Status"/> is for
    /// the log.
    /// </summary>
    public Status ClientStatus {
        get {
            using var use = new Use(this);
            return isDecided ? NativeMethods.doorward_verdict_client_status(use.Pointer) : status;
        }
    }

    /// <summary>For <c>Retry-After</c>; zero where there is none.</summary>
    public TimeSpan RetryAfter => TimeSpan.FromSeconds(Number(&NativeMethods.doorward_verdict_retry_after));

    /// <summary>The value of <c>WWW-Authenticate</c> (RFC 9110, RFC 6750); null where there is none.</summary>
    public string? Challenge => Text(&NativeMethods.doorward_verdict_challenge);

    /// <summary>The claim, or the member of the header, that a denial is about.</summary>
    public string? DeniedClaim => Text(&NativeMethods.doorward_verdict_denied_claim);

    /// <summary>What was expected in its place.</summary>
    public string? Expected => Text(&NativeMethods.doorward_verdict_expected);

    /// <summary>A claim that is a string or a number, as text; null where there is none.</summary>
    public string? Claim(string name) => Claim(name, &NativeMethods.doorward_verdict_claim);

    /// <summary>A claim of any kind, as JSON; null where there is none.</summary>
    public string? ClaimJson(string name) => Claim(name, &NativeMethods.doorward_verdict_claim_json);

    /// <summary>A claim that is a whole number of 64 bits. Whether it is there, and one.</summary>
    public bool TryClaimNumber(string name, out long number) {
        byte[] bytes = Utf8.Bytes(name);
        using var use = new Use(this);
        fixed (byte* data = bytes)
        fixed (long* where = &number) {
            number = 0;
            var found = NativeMethods.doorward_verdict_claim_number(use.Pointer, data, (nuint)Utf8.Length(name), where);
            return isDecided && found == Status.Ok;
        }
    }

    /// <summary>Gives back what it has of the native library. A call that runs on another thread finishes first.</summary>
    public void Dispose() {
        var given = Interlocked.Exchange(ref handle, null);
        if (given is not null) {
            VerdictPool.Return(given);
        }
    }

    internal VerdictHandle Handle => Volatile.Read(ref handle) ?? throw new ObjectDisposedException(nameof(Verdict));

    /// <summary>Before a call: whatever comes, nothing of the last request is read any more.</summary>
    internal void Undecided() {
        status = Status.CredentialsMissing;
        isDecided = false;
    }

    internal void Decided(Status by) {
        status = by;
        isDecided = true;
    }

    /// <summary>Takes over what another verdict has come to.</summary>
    internal void Adopt(Verdict other) {
        var (theirs, answer) = (Interlocked.Exchange(ref other.handle, null)!, other.status);
        var mine = Interlocked.Exchange(ref handle, theirs.OwnedBy(this));
        Decided(answer);
        if (mine is not null) {
            VerdictPool.Return(mine);
            return;
        }
        // It was disposed of meanwhile.
        Dispose();
    }

    string? Text(delegate*<IntPtr, NativeText> read) {
        using var use = new Use(this);
        return isDecided ? read(use.Pointer).CopyOrNull() : null;
    }

    uint Number(delegate*<IntPtr, uint> read) {
        using var use = new Use(this);
        return isDecided ? read(use.Pointer) : 0;
    }

    string[] List(delegate*<IntPtr, nuint> count, delegate*<IntPtr, nuint, NativeText> read) {
        using var use = new Use(this);
        int length = isDecided ? (int)count(use.Pointer) : 0;
        if (length == 0) {
            return [];
        }
        var texts = new string[length];
        for (int at = 0; at < length; at++) {
            texts[at] = read(use.Pointer, (nuint)at).Copy();
        }
        return texts;
    }

    string? Claim(string name, delegate*<IntPtr, byte*, nuint, NativeText> read) {
        byte[] bytes = Utf8.Bytes(name);
        using var use = new Use(this);
        fixed (byte* data = bytes) {
            return isDecided ? read(use.Pointer, data, (nuint)Utf8.Length(name)).CopyOrNull() : null;
        }
    }

    /// <summary>One call that reads of it.</summary>
    readonly ref struct Use {
        readonly VerdictHandle handle;

        internal readonly IntPtr Pointer;

        internal Use(Verdict verdict) {
            handle = verdict.Handle;
            Pointer = handle.Enter(verdict, VerifierHandle.None);
        }

        public void Dispose() => handle.Leave();
    }
}
