// doorward.h, as much of it as these tests ask. Nothing of a call is converted: every argument is what C has.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

[assembly: DisableRuntimeMarshalling]

enum Status : uint {
    Ok = 0,
    Pending = 1,
    NullArgument = 1001,
    ArgumentInvalid = 1002,
    BufferTooSmall = 1003,
    AbiMismatch = 1004,
    ApiUnknown = 1005,
    CredentialsMissing = 2001,
    HeaderRepeated = 2103,
    SignatureInvalid = 3008,
    Expired = 3010,
    AudienceMismatch = 3012,
    ClaimMissing = 3013,
    ClaimMalformed = 3014,
    ScopeInsufficient = 4001,
    ApiDisabled = 4101,
    KeysNeverLoaded = 6001,
    FileUnreadable = 7001,
    FieldUnknown = 7003,
    InternalPanic = 9001,
}

struct Request {
    public nuint Size;
    public Slice Api;
    public Slice Path;
    public Slice Authorization;
    public nuint AuthorizationCount;
    public Slice Method;
    public Slice Url;
    public Slice Dpop;
    public Slice CertificateThumbprint;
    public Slice Peer;
}

/// <summary>
/// A pointer and a length, as they stand beside each other in a request; and `struct doorward_str`, where the verdict
/// that was asked must stay alive and unused for as long as the bytes are looked at.
/// </summary>
readonly unsafe struct Slice(byte* data, int length) {
    readonly byte* data = data;
    readonly nuint length = (nuint)length;

    public ReadOnlySpan<byte> Bytes => new(data, checked((int)length));

    public override string ToString() => Encoding.UTF8.GetString(Bytes);
}

static unsafe class Native {
    const string Library = "doorward";

    public const uint AbiVersion = 1;

    [DllImport(Library)]
    public static extern uint doorward_abi_version();

    [DllImport(Library)]
    public static extern Slice doorward_version();

    [DllImport(Library)]
    public static extern Slice doorward_status_name(Status status);

    [DllImport(Library)]
    public static extern uint doorward_status_http(Status status);

    [DllImport(Library)]
    public static extern Status doorward_verdict_new(nint* verdict);

    [DllImport(Library)]
    public static extern void doorward_verdict_free(nint verdict);

    [DllImport(Library)]
    public static extern Status doorward_verdict_status(nint verdict);

    [DllImport(Library)]
    public static extern uint doorward_verdict_http(nint verdict);

    [DllImport(Library)]
    public static extern uint doorward_verdict_retry_after(nint verdict);

    [DllImport(Library)]
    public static extern uint doorward_verdict_is_administrator(nint verdict);

    [DllImport(Library)]
    public static extern long doorward_verdict_expires_at(nint verdict);

    [DllImport(Library)]
    public static extern nuint doorward_verdict_scope_count(nint verdict);

    [DllImport(Library)]
    public static extern Slice doorward_verdict_scope(nint verdict, nuint index);

    [DllImport(Library)]
    public static extern Slice doorward_verdict_claim(nint verdict, byte* name, nuint nameLength);

    [DllImport(Library)]
    public static extern Slice doorward_verdict_claim_json(nint verdict, byte* name, nuint nameLength);

    [DllImport(Library)]
    public static extern Status doorward_verdict_claim_number(nint verdict, byte* name, nuint nameLength, long* number);

    [DllImport(Library)]
    public static extern Status doorward_verifier_open_file(byte* path, nuint pathLength, uint flags, nint* verifier,
                                                            byte* error, nuint errorCapacity, nuint* errorNeeded);

    [DllImport(Library)]
    public static extern void doorward_verifier_free(nint verifier);

    [DllImport(Library)]
    public static extern Status doorward_verifier_start(nint verifier);

    [DllImport(Library)]
    public static extern Status doorward_verifier_verify(nint verifier, Request* request, nint verdict);

    [DllImport(Library)]
    public static extern Status doorward_verifier_resolve(nint verifier, Request* request, nint verdict);

    [DllImport(Library)]
    public static extern Status doorward_verifier_reload_file(nint verifier, byte* path, nuint pathLength, byte* error,
                                                              nuint errorCapacity, nuint* errorNeeded);

    [DllImport(Library)]
    public static extern Status doorward_verifier_health(nint verifier, byte* buffer, nuint capacity, nuint* needed);

    [DllImport(Library)]
    public static extern Status doorward_log_set(delegate* unmanaged[Cdecl]<nint, uint, byte*, nuint, void> function,
                                                 nint context, uint level);

    /// <summary>Only there where the library was built for tests.</summary>
    [DllImport(Library)]
    public static extern Status doorward_test_panic();

    static readonly nint handle = NativeLibrary.Load(Library, typeof(Native).Assembly, null);

    public static bool Exports(string name) => NativeLibrary.TryGetExport(handle, name, out _);

    /// <summary>Finds a function that reads a text of a verdict, to call it by its address.</summary>
    public static delegate* unmanaged[Cdecl]<nint, Slice> TextOf(string name) =>
        (delegate* unmanaged[Cdecl]<nint, Slice>)NativeLibrary.GetExport(handle, name);
}
