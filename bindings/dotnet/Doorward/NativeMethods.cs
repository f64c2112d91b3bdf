// doorward.h, all of it: a test compares both, function by function. Nothing of a call is converted.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#if NET8_0_OR_GREATER
[assembly: DisableRuntimeMarshalling]
[module: SkipLocalsInit]
#endif

namespace Doorward;

/// <summary><c>struct doorward_str</c>: it lives as long as the header says of the call that gives it.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly unsafe struct NativeText {
    readonly byte* data;
    readonly nuint length;

    internal bool IsEmpty => length == 0;

    internal string Copy() => Utf8.Text(data, checked((int)length));

    /// <summary>Nothing where there is none, for an absent text and an empty one are the same in C.</summary>
    internal string? CopyOrNull() => IsEmpty ? null : Copy();

    internal byte[] Bytes() {
        var bytes = new byte[checked((int)length)];
        if (bytes.Length > 0) {
            Marshal.Copy((IntPtr)data, bytes, 0, bytes.Length);
        }
        return bytes;
    }
}

/// <summary><c>struct doorward_request</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct NativeRequest {
    internal nuint struct_size;
    internal byte* api;
    internal nuint api_len;
    internal byte* path;
    internal nuint path_len;
    internal byte* authorization;
    internal nuint authorization_len;
    internal nuint authorization_count;
    internal byte* method;
    internal nuint method_len;
    internal byte* url;
    internal nuint url_len;
    internal byte* dpop;
    internal nuint dpop_len;
    internal byte* certificate_thumbprint;
    internal nuint certificate_thumbprint_len;
    internal byte* peer;
    internal nuint peer_len;
}

static unsafe class NativeMethods {
    /// <summary>Not <c>doorward</c>: on Windows that would be the name of this assembly's file, too.</summary>
    internal const string Library = "libdoorward";

    internal const uint DOORWARD_ABI_VERSION = 1;
    internal const uint DOORWARD_LOG_ERROR = 1;
    internal const uint DOORWARD_LOG_WARNING = 2;
    internal const uint DOORWARD_LOG_INFO = 3;
    internal const uint DOORWARD_LOG_DEBUG = 4;
    internal const int DOORWARD_AUTHORIZATION_BYTES = 16384;
    internal const uint DOORWARD_OPEN_WITHOUT_THREAD = 1;

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_abi_version();

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_version();

    /// <summary>The function is <c>void (void *context, uint32_t level, const char *message, size_t message_len)</c>.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_log_set(IntPtr function, IntPtr context, uint level);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_status_name(Status status);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_status_message(Status status);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_status_http(Status status);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_open(byte* configuration, nuint configuration_len, byte* @base,
        nuint base_len, uint flags, IntPtr* verifier, byte* error, nuint error_capacity, nuint* error_needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_open_file(byte* path, nuint path_len, uint flags, IntPtr* verifier,
        byte* error, nuint error_capacity, nuint* error_needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void doorward_verifier_free(IntPtr verifier);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_verifier_has_api(IntPtr verifier, byte* api, nuint api_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_start(IntPtr verifier);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_wait(IntPtr verifier, ulong milliseconds, uint* ready);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_poll(IntPtr verifier, ulong* next);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_verify(IntPtr verifier, NativeRequest* request, IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_resolve(IntPtr verifier, NativeRequest* request, IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_reload(IntPtr verifier, byte* configuration, nuint configuration_len,
        byte* @base, nuint base_len, byte* error, nuint error_capacity, nuint* error_needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_reload_file(IntPtr verifier, byte* path, nuint path_len, byte* error,
        nuint error_capacity, nuint* error_needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_revoke(IntPtr verifier, byte* lines, nuint lines_len, byte* error,
        nuint error_capacity, nuint* error_needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_forget(IntPtr verifier, byte* name, nuint name_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_unlock(IntPtr verifier, byte* name, nuint name_len, uint* unlocked);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_health(IntPtr verifier, byte* buffer, nuint capacity, nuint* needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_metrics(IntPtr verifier, byte* buffer, nuint capacity, nuint* needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verifier_explain(IntPtr verifier, NativeRequest* request, uint json, byte* buffer,
        nuint capacity, nuint* needed);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verdict_new(IntPtr* verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void doorward_verdict_free(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verdict_status(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_label(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_user(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_qualified_name(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_method(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_issuer(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_subject(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_tenant(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_object_id(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_client(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_token_id(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern long doorward_verdict_expires_at(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_verdict_is_administrator(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_verdict_is_app_only(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern nuint doorward_verdict_scope_count(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern nuint doorward_verdict_role_count(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_scope(IntPtr verdict, nuint index);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_role(IntPtr verdict, nuint index);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern nuint doorward_verdict_claim_count(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_claim_name(IntPtr verdict, nuint index);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_claim(IntPtr verdict, byte* name, nuint name_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_claim_json(IntPtr verdict, byte* name, nuint name_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verdict_claim_number(IntPtr verdict, byte* name, nuint name_len, long* number);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_verdict_http(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern Status doorward_verdict_client_status(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern uint doorward_verdict_retry_after(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_challenge(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_denied_claim(IntPtr verdict);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern NativeText doorward_verdict_expected(IntPtr verdict);
}
